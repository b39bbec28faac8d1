package layertap.model.layers;

import java.util.Optional;
import layertap.graph.TensorId;

/**
 * A tensor of a Keras model that stands for a tensor of the graph, known or not yet. Wires that are
 * found to be the same are joined (union-find).
 */
final class Wire {
  private Wire joined;
  private TensorId tensor;
  private boolean isContradicted;

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
    to.isContradicted |= from.isContradicted;
    if (from.tensor != null) {
      to.set(from.tensor);
    }
  }

  /** Says which tensor it is; a second, different one is a contradiction. */
  void set(TensorId found) {
    Wire root = root();
    if (root.tensor != null && !root.tensor.equals(found)) {
      root.isContradicted = true;
    } else {
      root.tensor = found;
    }
  }

  Optional<TensorId> tensor() {
    return Optional.ofNullable(root().tensor);
  }

  boolean isContradicted() {
    return root().isContradicted;
  }
}
