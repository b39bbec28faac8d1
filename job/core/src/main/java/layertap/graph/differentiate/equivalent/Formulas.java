package layertap.graph.differentiate.equivalent;

import java.util.Locale;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** Functions of numbers, written down by ops that have a gradient. */
final class Formulas {
  private final GraphIndex graph;
  private final int position;
  private final NodeDefs nodes;
  private final TensorId x;
  private final DataType dtype;

  Formulas(GraphIndex graph, int position, NodeDefs nodes) {
    this.graph = graph;
    this.position = position;
    this.nodes = nodes;
    this.x = graph.inputTensor(position, 0);
    this.dtype = graph.type(x);
  }

  /** Without the one, whose gradient would ask for the shape of the erf and so for its value. */
  TensorId erfc() {
    return of("Neg", "less_erf", of("Erf", "erf", x));
  }

  /** x less the logarithm of the sum of its exponentials, the largest x taken off before. */
  TensorId logSoftmax() {
    TensorId last = nodes.scalar("last", -1);
    TensorId fixed = of("StopGradient", "fixed", reduced("Max", x, last, DataType.DT_INT32, true));
    TensorId below = of("Sub", "below", x, fixed);
    TensorId sum = reduced("Sum", of("Exp", "exponential", below), last, DataType.DT_INT32, true);
    return of("Sub", "log_softmax", below, of("Log", "logarithm", sum));
  }

  /** Of a product with a logarithm, or a quotient: zero where x is, whatever y would give. */
  TensorId zeroWhereFirstIs() {
    TensorId y = graph.inputTensor(position, 1);
    TensorId zeros = of("ZerosLike", "zeros", x);
    TensorId isZero =
        nodes
            .node("Equal", "is_zero", x, zeros)
            .attribute("T", dtype)
            .attribute("incompatible_shape_error", true)
            .add();
    TensorId safe = of("SelectV2", "safe", isZero, of("OnesLike", "ones", y), y);
    TensorId value =
        switch (graph.node(position).getOp()) {
          case "Xlogy" -> of("Mul", "product", x, of("Log", "logarithm", safe));
          case "Xlog1py" -> of("Mul", "product", x, of("Log1p", "logarithm", safe));
          default -> of("RealDiv", "quotient", x, safe);
        };
    return of("SelectV2", "value", isZero, zeros, value);
  }

  /** Of two factors that are numbers. */
  TensorId product() {
    return of("Mul", "product", x, graph.inputTensor(position, 1));
  }

  /** Of vectors of three numbers each: x₁y₂ − x₂y₁, and so on in turns. */
  TensorId cross() {
    TensorId y = graph.inputTensor(position, 1);
    TensorId first = of("Mul", "first", turned(x, "x_next", -1), turned(y, "y_last", 1));
    TensorId second = of("Mul", "second", turned(x, "x_last", 1), turned(y, "y_next", -1));
    return of("Sub", "cross", first, second);
  }

  private TensorId turned(TensorId vectors, String name, int places) {
    TensorId by = nodes.scalar(name + "_by", places);
    return nodes
        .node("Roll", name, vectors, by, nodes.scalar(name + "_axis", -1))
        .attribute("T", dtype)
        .attribute("Tshift", DataType.DT_INT32)
        .attribute("Taxis", DataType.DT_INT32)
        .add();
  }

  /** x less the multiple of the divisor. */
  TensorId floorMod() {
    TensorId divisor = graph.inputTensor(position, 1);
    TensorId times = of("FloorDiv", "times", x, divisor);
    return of("Sub", "floor_mod", x, of("Mul", "multiple", times, divisor));
  }

  /** The root of the sum of squares. */
  TensorId euclideanNorm() {
    boolean keepsAxes =
        graph.node(position).getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
    TensorId axes = graph.inputTensor(position, 1);
    TensorId squares = of("Square", "square", x);
    return of("Sqrt", "norm", reduced("Sum", squares, axes, graph.type(axes), keepsAxes));
  }

  private TensorId of(String op, String name, TensorId... inputs) {
    return nodes.node(op, name, inputs).attribute("T", dtype).add();
  }

  private TensorId reduced(
      String op, TensorId values, TensorId axes, DataType ofAxes, boolean keepsAxes) {
    return nodes
        .node(op, op.toLowerCase(Locale.ROOT), values, axes)
        .attribute("T", dtype)
        .attribute("Tidx", ofAxes)
        .attribute("keep_dims", keepsAxes)
        .add();
  }
}
