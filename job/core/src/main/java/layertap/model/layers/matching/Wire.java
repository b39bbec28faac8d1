package layertap.model.layers.matching;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import layertap.graph.TensorId;

/**
 * A tensor of a Keras model that stands for a tensor of the graph, known or not yet. Wires that are
 * found to be the same are joined (union-find).
 */
public final class Wire {
  private Wire joined;
  private final Set<TensorId> found = new LinkedHashSet<>();

  /** Stands for all wires that were joined with this one. */
  Wire root() {
    Wire wire = this;
    while (wire.joined != null) {
      wire = wire.joined;
    }
    return wire;
  }

  void join(Wire other) {
    Wire from = root();
    Wire to = other.root();
    if (from == to) {
      return;
    }
    from.joined = to;
    to.found.addAll(from.found);
  }

  /** Says which tensor it is. */
  void set(TensorId tensor) {
    root().found.add(tensor);
  }

  /** The tensor that was found first. */
  public Optional<TensorId> tensor() {
    return root().found.stream().findFirst();
  }

  /** All that were found; tensors that differ in value contradict each other. */
  Set<TensorId> found() {
    return Collections.unmodifiableSet(root().found);
  }
}
