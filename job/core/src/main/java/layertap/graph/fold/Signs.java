package layertap.graph.fold;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** What ops tell of the sign of the numbers that a node gives. Not thread-safe. */
final class Signs {
  /** From what tells least to what tells most. */
  enum Sign {
    ANY,
    NOT_NEGATIVE,
    POSITIVE
  }

  private static final Set<String> NOT_NEGATIVE =
      Set.of(
          "Abs",
          "Exp",
          "Rank",
          "Relu",
          "Relu6",
          "Shape",
          "Sigmoid",
          "Size",
          "Softmax",
          "Softplus",
          "Square",
          "SquaredDifference");

  /** Give numbers of the sign of their first input. */
  private static final Set<String> HANDED_ON =
      Set.of(
          "AvgPool",
          "BroadcastTo",
          "ExpandDims",
          "Identity",
          "Max",
          "MaxPool",
          "Mean",
          "Min",
          "PreventGradient",
          "Reshape",
          "Rsqrt",
          "Slice",
          "Snapshot",
          "Sqrt",
          "Squeeze",
          "StopGradient",
          "StridedSlice",
          "Sum",
          "Tile",
          "Transpose");

  private static final Set<DataType> WITHOUT_SIGN =
      Set.of(DataType.DT_BOOL, DataType.DT_UINT8, DataType.DT_UINT16, DataType.DT_UINT32);

  /** From that whose smallest positive number is largest. */
  private static final List<DataType> FLOATS =
      List.of(DataType.DT_HALF, DataType.DT_BFLOAT16, DataType.DT_FLOAT, DataType.DT_DOUBLE);

  private static final int MOST_STEPS = 50;

  private final GraphIndex graph;
  private final Map<Integer, Sign> known = new HashMap<>();
  private int steps;

  Signs(GraphIndex graph) {
    this.graph = graph;
  }

  boolean isPositive(int position) {
    return of(position) == Sign.POSITIVE;
  }

  boolean isNotNegative(int position) {
    return of(position) != Sign.ANY;
  }

  private Sign of(int position) {
    Sign sign = known.get(position);
    if (sign == null) {
      if (steps >= MOST_STEPS) {
        return Sign.ANY;
      }
      steps++;
      // What a loop comes back to tells nothing.
      known.put(position, Sign.ANY);
      sign = compute(position);
      steps--;
      known.put(position, sign);
    }
    return sign;
  }

  private Sign compute(int position) {
    NodeDef node = graph.node(position);
    String op = node.getOp();
    int[] sources = graph.sources(position);
    if (Ops.isConstant(node)) {
      return TensorValues.numbers(node).map(Signs::ofNumbers).orElse(Sign.ANY);
    }
    if (NOT_NEGATIVE.contains(op)) {
      return Sign.NOT_NEGATIVE;
    }
    if (HANDED_ON.contains(op)) {
      return of(sources[0]);
    }
    return switch (op) {
      case "Add", "AddV2" -> isAnyOf(Sign.ANY, sources) ? Sign.ANY : most(sources);
      // An exclusive one starts with zero.
      case "Cumsum" -> of(sources[0]) == Sign.ANY ? Sign.ANY : Sign.NOT_NEGATIVE;
      case "Cast" -> cast(node, of(sources[0]));
      case "Maximum" -> most(sources);
      case "Minimum" -> least(sources);
      case "Div", "Mul", "RealDiv" -> product(position);
      default -> Sign.ANY;
    };
  }

  private static Sign ofNumbers(double[] numbers) {
    if (DoubleStream.of(numbers).allMatch(number -> number > 0)) {
      return Sign.POSITIVE;
    }
    return DoubleStream.of(numbers).allMatch(number -> number >= 0) ? Sign.NOT_NEGATIVE : Sign.ANY;
  }

  private static Sign cast(NodeDef node, Sign sign) {
    if (WITHOUT_SIGN.contains(type(node, "SrcT"))) {
      return Sign.NOT_NEGATIVE;
    }
    int given = FLOATS.indexOf(type(node, "DstT"));
    boolean mayRoundToZero = given < 0 || given < FLOATS.indexOf(type(node, "SrcT"));
    return sign == Sign.POSITIVE && mayRoundToZero ? Sign.NOT_NEGATIVE : sign;
  }

  private static DataType type(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }

  /** Of small numbers a product may be zero. */
  private Sign product(int position) {
    int[] sources = graph.sources(position);
    if (graph.inputTensor(position, 0).equals(graph.inputTensor(position, 1))) {
      return Sign.NOT_NEGATIVE;
    }
    boolean isScaled =
        Ops.isConstant(graph.node(sources[1])) || Ops.isConstant(graph.node(sources[0]));
    Sign sign = least(sources);
    return sign == Sign.POSITIVE && !isScaled ? Sign.NOT_NEGATIVE : sign;
  }

  private Sign most(int[] sources) {
    if (isAnyOf(Sign.POSITIVE, sources)) {
      return Sign.POSITIVE;
    }
    return isAnyOf(Sign.NOT_NEGATIVE, sources) ? Sign.NOT_NEGATIVE : Sign.ANY;
  }

  private Sign least(int[] sources) {
    if (isAnyOf(Sign.ANY, sources)) {
      return Sign.ANY;
    }
    return isAnyOf(Sign.NOT_NEGATIVE, sources) ? Sign.NOT_NEGATIVE : Sign.POSITIVE;
  }

  private boolean isAnyOf(Sign sign, int[] sources) {
    for (int source : sources) {
      if (of(source) == sign) {
        return true;
      }
    }
    return false;
  }
}
