package layertap.graph.differentiate.equivalent;

import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/**
 * The values of a {@code TopKV2}, which sorts too, as those at the places that it gives beside
 * them.
 *
 * <pre>
 *   x [n, …, size] ─▶ [n…, size] ────▶ GatherV2 of each row ─▶ [n, …, k]
 *   TopKV2:1       ─▶ [n…, k]   ────────▲
 * </pre>
 */
final class LargestValues {
  private LargestValues() {}

  /** The values; none if their places are not of {@code int32}. */
  static Optional<TensorId> replace(GraphIndex graph, int position, NodeDefs nodes) {
    TensorId x = graph.inputTensor(position, 0);
    TensorId indices = new TensorId(graph.node(position).getName(), 1);
    if (graph.type(indices) != DataType.DT_INT32) {
      return Optional.empty();
    }
    DataType dtype = graph.type(x);
    TensorId rows = matrix(nodes, "rows", x, dtype);
    TensorId places = matrix(nodes, "places", indices, DataType.DT_INT32);
    TensorId values =
        nodes
            .node("GatherV2", "values", rows, places, nodes.scalar("axis", 1))
            .attribute("Tparams", dtype)
            .attribute("Tindices", DataType.DT_INT32)
            .attribute("Taxis", DataType.DT_INT32)
            .attribute("batch_dims", 1)
            .add();
    TensorId sizes = nodes.sizes("sizes", indices, DataType.DT_INT32);
    return Optional.of(nodes.reshape("largest", values, dtype, sizes));
  }

  /** All axes but the last as one. */
  private static TensorId matrix(NodeDefs nodes, String name, TensorId tensor, DataType dtype) {
    TensorId last =
        nodes
            .node(
                "StridedSlice",
                name + "_last",
                nodes.sizes(name + "_sizes", tensor, dtype),
                nodes.vector(name + "_from", new int[] {-1}),
                nodes.vector(name + "_to", new int[] {0}),
                nodes.vector(name + "_by", new int[] {1}))
            .attribute("T", DataType.DT_INT32)
            .attribute("Index", DataType.DT_INT32)
            .attribute("end_mask", 1)
            .add();
    TensorId both =
        nodes
            .node(
                "ConcatV2",
                name + "_both",
                nodes.vector(name + "_others", new int[] {-1}),
                last,
                nodes.scalar(name + "_axis", 0))
            .attribute("N", 2)
            .attribute("T", DataType.DT_INT32)
            .attribute("Tidx", DataType.DT_INT32)
            .add();
    return nodes.reshape(name, tensor, dtype, both);
  }
}
