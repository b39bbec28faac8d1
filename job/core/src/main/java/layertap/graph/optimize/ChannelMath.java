package layertap.graph.optimize;

import java.util.Locale;
import java.util.stream.Stream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Makes nodes that compute constants with a value for each channel. TensorFlow computes them once.
 * Nothing is added to the graph before {@link #addTo}.
 */
final class ChannelMath {
  private final NodeDefs nodes;
  private final int channels;
  private int count;

  /**
   * Starts without nodes.
   *
   * @param prefix before the names of all nodes
   */
  ChannelMath(String prefix, long channels) {
    this.nodes = new NodeDefs(prefix);
    this.channels = Math.toIntExact(channels);
  }

  /** The same values with one axis. */
  String vector(String input, TensorShape shape) {
    return shape.sizes().size() == 1 ? input : reshaped(input, channels);
  }

  String product(String one, String other) {
    return op("Mul", one, other);
  }

  String sum(String one, String other) {
    return op("AddV2", one, other);
  }

  String difference(String one, String other) {
    return op("Sub", one, other);
  }

  String negated(String value) {
    return op("Neg", value);
  }

  /** {@code scale / sqrt(variance + epsilon)}: what a batch normalisation multiplies with. */
  String inverseDeviation(String variance, float epsilon, String scale) {
    TensorId added = nodes.scalar("epsilon_" + count++, epsilon);
    return product(op("Rsqrt", sum(variance, added.asInput())), scale);
  }

  /** The same values in another shape. */
  String reshaped(String input, int... shape) {
    TensorId sizes = nodes.vector("shape_" + count++, shape);
    return nodes
        .reshape("reshape_" + count++, TensorId.parse(input), DataType.DT_FLOAT, sizes)
        .asInput();
  }

  private String op(String op, String... inputs) {
    TensorId[] tensors = Stream.of(inputs).map(TensorId::parse).toArray(TensorId[]::new);
    return nodes
        .node(op, op.toLowerCase(Locale.ROOT) + "_" + count++, tensors)
        .attribute("T", DataType.DT_FLOAT)
        .add()
        .asInput();
  }

  void addTo(WorkingGraph graph) {
    for (NodeDef node : nodes.nodes()) {
      graph.put(node);
    }
  }
}
