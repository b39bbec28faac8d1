package layertap.graph.differentiate.equivalent;

import java.util.Optional;
import java.util.OptionalLong;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * {@code ExtractImagePatches}, by which vision transformers cut images, as a convolution: each of
 * its filters picks one number of a patch.
 */
final class Patches {
  private Patches() {}

  /** The patches; none if the number of channels is open, or a patch leaves pixels out. */
  static Optional<TensorId> replace(
      NodeDef node, TensorId images, DataType dtype, TensorShape shape, NodeDefs nodes) {
    OptionalLong known = GroupedConvolution.channelsOf(shape);
    if (known.isEmpty() || Attributes.numbers(node, "rates").stream().anyMatch(rate -> rate != 1)) {
      return Optional.empty();
    }
    int height = Math.toIntExact(Attributes.numbers(node, "ksizes").get(1));
    int width = Math.toIntExact(Attributes.numbers(node, "ksizes").get(2));
    int channels = Math.toIntExact(known.getAsLong());
    int count = height * width * channels;
    TensorId ones =
        nodes
            .node("Fill", "ones", nodes.vector("count", new int[] {count}), nodes.scalar("one", 1f))
            .attribute("T", DataType.DT_FLOAT)
            .attribute("index_type", DataType.DT_INT32)
            .add();
    TensorId picks = nodes.node("Diag", "picks", ones).attribute("T", DataType.DT_FLOAT).add();
    TensorId filters =
        nodes.reshape(
            "filters",
            nodes.cast("picks_cast", picks, DataType.DT_FLOAT, dtype),
            dtype,
            nodes.vector("filter_sizes", height, width, channels, count));
    return Optional.of(
        nodes
            .node("Conv2D", "patches", images, filters)
            .attribute("T", dtype)
            .attribute("strides", Attributes.numbers(node, "strides"))
            .attribute("padding", node.getAttrOrThrow("padding"))
            .add());
  }
}
