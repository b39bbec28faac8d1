package layertap.model.layers.matching;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import layertap.graph.TensorId;
import layertap.model.layers.matching.Facts.Teller;

/**
 * Which Keras tensors are the same, and which tensor of the graph each of them is.
 *
 * <p>A value is where the graph computes it: identities that hand it on do not make another. Not
 * thread-safe.
 */
final class TensorFacts {
  private final UnaryOperator<TensorId> source;

  /** Of Keras tensors that were found to be the same, one stands for all (union-find). */
  private final Map<KerasTensor, KerasTensor> representatives = new HashMap<>();

  /** By representative. */
  private final Map<KerasTensor, KnownTensor> known = new HashMap<>();

  /**
   * Starts with nothing.
   *
   * @param source where a tensor was computed, before identities handed it on
   */
  TensorFacts(UnaryOperator<TensorId> source) {
    this.source = source;
  }

  /** The Keras tensor that stands for all those which are known to be the same as this one. */
  KerasTensor representative(KerasTensor tensor) {
    KerasTensor found = tensor;
    while (representatives.containsKey(found)) {
      found = representatives.get(found);
    }
    return found;
  }

  /**
   * Says that two Keras tensors are the same.
   *
   * @param from a representative, which is none any more
   * @param to another one, which stands for both
   */
  void merge(KerasTensor from, KerasTensor to) {
    representatives.put(from, to);
    known(to).addAll(known(from));
    known.remove(from);
  }

  /**
   * Says which tensor of the graph the Keras tensor is.
   *
   * @return whether that was not known
   */
  boolean know(KerasTensor tensor, TensorId found, Teller teller) {
    return known(tensor).add(source.apply(found), found, teller);
  }

  /** What is known of a Keras tensor. */
  KnownTensor known(KerasTensor tensor) {
    return known.computeIfAbsent(representative(tensor), key -> new KnownTensor());
  }
}
