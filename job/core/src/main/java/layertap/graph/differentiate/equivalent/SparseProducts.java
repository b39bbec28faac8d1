package layertap.graph.differentiate.equivalent;

import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Products with a matrix that is mostly zero, as locally connected layers compute them, as products
 * of whole matrices.
 */
final class SparseProducts {
  private SparseProducts() {}

  /** Of a {@code SparseMatMul}, whose matrices are whole; none if one is of {@code bfloat16}. */
  static Optional<TensorId> whole(GraphIndex graph, int position, NodeDefs nodes) {
    TensorId a = graph.inputTensor(position, 0);
    TensorId b = graph.inputTensor(position, 1);
    boolean isFloat = graph.type(a) == DataType.DT_FLOAT && graph.type(b) == DataType.DT_FLOAT;
    NodeDef node = graph.node(position);
    return isFloat
        ? Optional.of(product(nodes, a, b, DataType.DT_FLOAT, node, "transpose_a", "transpose_b"))
        : Optional.empty();
  }

  /** Of a {@code SparseTensorDenseMatMul}, whose first matrix is written out. */
  static Optional<TensorId> listed(GraphIndex graph, int position, NodeDefs nodes) {
    TensorId indices = graph.inputTensor(position, 0);
    TensorId values = graph.inputTensor(position, 1);
    TensorId sizes = graph.inputTensor(position, 2);
    TensorId b = graph.inputTensor(position, 3);
    DataType dtype = graph.type(b);
    boolean isReal = dtype != DataType.DT_COMPLEX64 && dtype != DataType.DT_COMPLEX128;
    if (graph.type(indices) != DataType.DT_INT64 || !isReal) {
      return Optional.empty();
    }
    TensorId a =
        nodes
            .node("ScatterNd", "matrix", indices, values, sizes)
            .attribute("T", dtype)
            .attribute("Tindices", DataType.DT_INT64)
            .add();
    return Optional.of(product(nodes, a, b, dtype, graph.node(position), "adjoint_a", "adjoint_b"));
  }

  private static TensorId product(
      NodeDefs nodes,
      TensorId a,
      TensorId b,
      DataType dtype,
      NodeDef node,
      String turnsA,
      String turnsB) {
    return nodes
        .node("MatMul", "product", a, b)
        .attribute("T", dtype)
        .attribute("transpose_a", isSet(node, turnsA))
        .attribute("transpose_b", isSet(node, turnsB))
        .add();
  }

  private static boolean isSet(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getB();
  }
}
