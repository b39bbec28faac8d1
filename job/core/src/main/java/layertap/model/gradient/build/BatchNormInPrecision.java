package layertap.model.gradient.build;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.stream.Stream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Batch normalisation of inference in a dtype for which TensorFlow has no kernel: {@code (x − mean)
 * · scale / sqrt(variance + epsilon) + offset}.
 */
final class BatchNormInPrecision {
  /** The op's own defaults. */
  private static final AttrValue NHWC =
      AttrValue.newBuilder().setS(ByteString.copyFromUtf8("NHWC")).build();

  private static final AttrValue EPSILON = AttrValue.newBuilder().setF(1e-4f).build();

  private BatchNormInPrecision() {}

  /** The node, or several that give its first output under its name. */
  static List<NodeDef> of(NodeDef node, DataType dtype) {
    boolean isOfInference =
        node.getOp().matches("FusedBatchNorm(V2|V3)?")
            && node.containsAttr("is_training")
            && !node.getAttrOrThrow("is_training").getB();
    AttrValue format = node.getAttrOrDefault("data_format", NHWC);
    if (!isOfInference || !format.equals(NHWC) || dtype != DataType.DT_DOUBLE) {
      return List.of(node);
    }
    List<TensorId> inputs = node.getInputList().stream().map(TensorId::parse).toList();
    NodeDefs nodes = new NodeDefs(node.getName() + "/");
    TensorId epsilon =
        nodes.cast(
            "epsilon_cast",
            nodes.scalar("epsilon", node.getAttrOrDefault("epsilon", EPSILON).getF()),
            DataType.DT_FLOAT,
            dtype);
    TensorId variance = typed(nodes, "AddV2", "variance", dtype, inputs.get(4), epsilon);
    TensorId inverse = typed(nodes, "Rsqrt", "inverse", dtype, variance);
    TensorId factor = typed(nodes, "Mul", "factor", dtype, inverse, inputs.get(1));
    TensorId centred = typed(nodes, "Sub", "centred", dtype, inputs.get(0), inputs.get(3));
    TensorId scaled = typed(nodes, "Mul", "scaled", dtype, centred, factor);
    NodeDefs last = new NodeDefs("");
    typed(last, "AddV2", node.getName(), dtype, scaled, inputs.get(2));
    return Stream.concat(nodes.nodes().stream(), last.nodes().stream()).toList();
  }

  private static TensorId typed(
      NodeDefs nodes, String op, String name, DataType dtype, TensorId... inputs) {
    return nodes.node(op, name, inputs).attribute("T", dtype).add();
  }
}
