package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.differentiate.value.SmallTensor;
import layertap.graph.differentiate.value.StaticValues;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes the sizes that a reshape gives into a graph as a constant, where TensorFlow's shape
 * inference does not find them: it follows no {@code GatherV2} of sizes, by which a dense layer of
 * Keras keeps the axes of a sequence.
 *
 * <pre>
 *   Shape [?, 8, 3] ─▶ GatherV2 [?, 8] ─▶ ConcatV2 [?, 8, 4] ─▶ Reshape     becomes
 *   [-1, 8, 4] ─▶ Reshape
 * </pre>
 */
final class ReshapeSizes {
  private ReshapeSizes() {}

  /** Adds the change to the others, if it tells a size and at most one stays open. */
  static void write(GraphIndex graph, int reshape, StaticValues values, Substitution changes) {
    NodeDef node = graph.node(reshape);
    TensorId taken = graph.inputTensor(reshape, 1);
    DataType dtype = graph.type(taken);
    String name = node.getName() + "/layertap_sizes";
    values
        .of(taken)
        .filter(sizes -> isNews(sizes, values.sizes(new TensorId(node.getName(), 0))))
        .flatMap(ReshapeSizes::withOneOpen)
        .flatMap(sizes -> sizes.toConstant(name, dtype))
        .ifPresent(
            constant -> {
              changes.add(List.of(constant));
              changes.replace(
                  node.toBuilder().setInput(1, new TensorId(name, 0).asInput()).build());
            });
  }

  private static boolean isNews(SmallTensor sizes, Optional<SmallTensor> inferred) {
    if (sizes.shape().size() != 1) {
      return false;
    }
    if (inferred.isEmpty()) {
      return true;
    }
    if (inferred.get().count() != sizes.count()) {
      return false;
    }
    for (int i = 0; i < sizes.count(); i++) {
      if (!Double.isNaN(sizes.value(i)) && Double.isNaN(inferred.get().value(i))) {
        return true;
      }
    }
    return false;
  }

  /** The open size as -1. None where that would not be the only one, or a size is zero. */
  private static Optional<SmallTensor> withOneOpen(SmallTensor sizes) {
    List<Double> written = new ArrayList<>();
    int open = 0;
    for (double size : sizes.toArray()) {
      if (size <= 0) {
        return Optional.empty();
      }
      boolean isOpen = Double.isNaN(size);
      open += isOpen ? 1 : 0;
      written.add(isOpen ? -1.0 : size);
    }
    return open <= 1 ? Optional.of(new SmallTensor(sizes.shape(), written)) : Optional.empty();
  }
}
