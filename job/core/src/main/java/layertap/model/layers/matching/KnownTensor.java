package layertap.model.layers.matching;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import layertap.graph.TensorId;

/** What is known of a Keras tensor: its value, and the tensors of the graph that hand it on. */
final class KnownTensor {
  private record Name(TensorId tensor, Facts.Teller teller) {}

  private final Set<TensorId> values = new LinkedHashSet<>();
  private final Set<Name> names = new LinkedHashSet<>();

  /** Adds what was found; answers whether the value is new. */
  boolean add(TensorId value, TensorId found, Facts.Teller teller) {
    names.add(new Name(found, teller));
    return values.add(value);
  }

  void addAll(KnownTensor other) {
    names.addAll(other.names);
    values.addAll(other.values);
  }

  Set<TensorId> values() {
    return Collections.unmodifiableSet(values);
  }

  boolean isContradicted() {
    return values.size() > 1;
  }

  /**
   * The tensor by the name that the signature gives it, else by that under which it leaves its
   * layer, else by that under which another takes it.
   *
   * @param position of a tensor's node in the graph
   */
  Optional<TensorId> name(ToIntFunction<TensorId> position) {
    return names.stream()
        .min(
            Comparator.comparing(Name::teller)
                .thenComparingInt(name -> position.applyAsInt(name.tensor()))
                .thenComparingInt(name -> name.tensor().index()))
        .map(Name::tensor);
  }

  /** The tensor as it leaves the layer that computes it, else the first that hands it on. */
  Optional<TensorId> computed(ToIntFunction<TensorId> position) {
    return names.stream()
        .min(
            Comparator.comparing((Name name) -> name.teller() != Facts.Teller.GIVER)
                .thenComparingInt(name -> position.applyAsInt(name.tensor()))
                .thenComparingInt(name -> name.tensor().index()))
        .map(Name::tensor);
  }
}
