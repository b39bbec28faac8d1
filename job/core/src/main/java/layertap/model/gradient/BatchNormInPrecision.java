package layertap.model.gradient;

import java.util.List;
import java.util.stream.Stream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Batch normalisation of inference in a dtype for which TensorFlow has no kernel: {@code (x − mean) ·
 * scale / sqrt(variance + epsilon) + offset}.
 */
final class BatchNormInPrecision {
  private BatchNormInPrecision() {}

  /** The node, or several that give its first output under its name. */
  static List<NodeDef> of(NodeDef node, DataType dtype) {
    boolean isFused =
        node.getOp().equals("FusedBatchNormV3")
            && !node.getAttrOrThrow("is_training").getB()
            && node.getAttrOrThrow("data_format").getS().toStringUtf8().equals("NHWC");
    if (!isFused || dtype != DataType.DT_DOUBLE) {
      return List.of(node);
    }
    List<TensorId> inputs = node.getInputList().stream().map(TensorId::parse).toList();
    NodeDefs nodes = new NodeDefs(node.getName() + "/");
    TensorId epsilon =
        nodes.cast(
            "epsilon_cast",
            nodes.scalar("epsilon", node.getAttrOrThrow("epsilon").getF()),
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
