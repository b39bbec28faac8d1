package layertap.graph.differentiate.equivalent;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.differentiate.value.SmallTensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * The main diagonals of square matrices, put into them, taken from them and replaced in them, by
 * ops that know no other diagonal.
 */
final class Diagonals {
  private final GraphIndex graph;
  private final int position;
  private final Function<TensorId, TensorShape> shapes;
  private final NodeDefs nodes;
  private final TensorId x;
  private final DataType dtype;

  Diagonals(
      GraphIndex graph, int position, Function<TensorId, TensorShape> shapes, NodeDefs nodes) {
    this.graph = graph;
    this.position = position;
    this.shapes = shapes;
    this.nodes = nodes;
    this.x = graph.inputTensor(position, 0);
    this.dtype = graph.type(x);
  }

  /** Of a {@code MatrixDiagV2} or newer; none if it is another diagonal, or its sizes are given. */
  Optional<TensorId> written() {
    boolean isSquare = isConstant(2, -1) && isConstant(3, -1);
    return isSquare && isConstant(1, 0) ? Optional.of(matrix(x)) : Optional.empty();
  }

  /** Of a {@code MatrixDiagPart}; none if it is another diagonal, or no matrix known as square. */
  Optional<TensorId> taken() {
    if (!isMain(1)) {
      return Optional.empty();
    }
    return Optional.of(
        nodes
            .node("Sum", "diagonal", diagonalAlone(), nodes.scalar("last", -1))
            .attribute("T", dtype)
            .attribute("Tidx", DataType.DT_INT32)
            .attribute("keep_dims", false)
            .add());
  }

  /** Of a {@code MatrixSetDiag}; none if it is another diagonal, or no matrix known as square. */
  Optional<TensorId> replaced() {
    if (!isMain(2)) {
      return Optional.empty();
    }
    TensorId others = of("Sub", "others", x, diagonalAlone());
    return Optional.of(of("AddV2", "replaced", others, matrix(graph.inputTensor(position, 1))));
  }

  private boolean isMain(int inputOfDiagonal) {
    boolean isFirstVersion = graph.inputTensors(position).size() <= inputOfDiagonal;
    return isSquare(shapes.apply(x)) && (isFirstVersion || isConstant(inputOfDiagonal, 0));
  }

  private static boolean isSquare(TensorShape shape) {
    List<Long> sizes = shape.sizes();
    int rank = sizes.size();
    return rank >= 2
        && sizes.get(rank - 1) != TensorShape.UNKNOWN
        && sizes.get(rank - 1).equals(sizes.get(rank - 2));
  }

  private boolean isConstant(int input, int value) {
    NodeDef node = graph.node(graph.require(graph.inputTensor(position, input).node()));
    return SmallTensor.of(node)
        .filter(known -> known.values().stream().allMatch(each -> each == value))
        .isPresent();
  }

  /** The matrix with zeros beside its diagonal. */
  private TensorId diagonalAlone() {
    TensorId none = nodes.scalar("none", 0);
    return nodes
        .node("MatrixBandPart", "diagonal_alone", x, none, none)
        .attribute("T", dtype)
        .attribute("Tindex", DataType.DT_INT32)
        .add();
  }

  private TensorId matrix(TensorId diagonal) {
    return of("MatrixDiag", "matrix", diagonal);
  }

  private TensorId of(String op, String name, TensorId... inputs) {
    return nodes.node(op, name, inputs).attribute("T", dtype).add();
  }
}
