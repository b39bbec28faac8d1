package layertap.graph.fold;

import static java.util.stream.Collectors.toMap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.NodeDef;

/** Ops that give an infinity, or what is no number, of finite numbers of some kind. */
final class DoubtfulOps {
  /** What finite numbers an op takes safely in one of its inputs. */
  enum Domain {
    ALL,
    /** None but a constant. */
    NONE,
    NOT_ZERO,
    NOT_NEGATIVE,
    POSITIVE;

    /** Whether a constant is safe, as far as its numbers are known. */
    boolean takes(NodeDef constant) {
      return TensorValues.numbers(constant)
          .map(numbers -> DoubleStream.of(numbers).allMatch(this::takes))
          .orElse(true);
    }

    private boolean takes(double number) {
      return switch (this) {
        case ALL, NONE -> true;
        case NOT_ZERO -> number != 0;
        case NOT_NEGATIVE -> number >= 0;
        case POSITIVE -> number > 0;
      };
    }
  }

  /** An input and what it may hold; where that is none, so are the node's other inputs. */
  record Critical(int input, Domain domain) {
    /** Which inputs that are, of so many. */
    IntStream inputs(int count) {
      return domain == Domain.NONE ? IntStream.range(0, count) : IntStream.of(input);
    }
  }

  private static final Map<String, Critical> CRITICAL = new HashMap<>();

  static {
    add(
        new Critical(0, Domain.NONE),
        List.of(
            "Acos", "Acosh", "Asin", "Atanh", "BesselK0", "BesselK0e", "BesselK1", "BesselK1e"));
    add(
        new Critical(0, Domain.NONE),
        List.of("BesselY0", "BesselY1", "Betainc", "Cholesky", "Digamma", "Erfinv", "Expint"));
    add(
        new Critical(0, Domain.NONE),
        List.of(
            "Igamma", "Igammac", "IgammaGradA", "Lgamma", "LogMatrixDeterminant", "MatrixInverse"));
    add(
        new Critical(0, Domain.NONE),
        List.of("MatrixLogarithm", "MatrixSolve", "MatrixSquareRoot", "MatrixTriangularSolve"));
    add(new Critical(0, Domain.NONE), List.of("Ndtri", "Polygamma", "Qr", "Spence", "Svd", "Zeta"));
    // Of numbers that are not large already.
    add(new Critical(0, Domain.NONE), List.of("Cosh", "Exp", "Expm1", "Sinh"));
    // Texts and bits may say any number.
    add(
        new Critical(0, Domain.NONE),
        List.of("Bitcast", "DecodeCSV", "DecodePaddedRaw", "DecodeRaw", "ParseTensor"));
    add(
        new Critical(0, Domain.NONE),
        List.of("ParseExample", "ParseExampleV2", "ParseSingleExample", "StringToNumber"));
    add(
        new Critical(0, Domain.NONE),
        List.of("ParseSequenceExample", "ParseSequenceExampleV2", "ParseSingleSequenceExample"));
    add(
        new Critical(1, Domain.NOT_ZERO),
        List.of(
            "Div",
            "FloorDiv",
            "FloorMod",
            "Mod",
            "RealDiv",
            "TruncateDiv",
            "TruncateMod",
            "Xdivy"));
    add(new Critical(0, Domain.NOT_ZERO), List.of("Inv", "Reciprocal", "SqrtGrad"));
    add(new Critical(0, Domain.NOT_NEGATIVE), List.of("Log1p", "Sqrt"));
    add(new Critical(0, Domain.POSITIVE), List.of("Log", "Rsqrt"));
    add(new Critical(1, Domain.POSITIVE), List.of("Xlog1py", "Xlogy"));
  }

  private static final Set<DataType> WHOLE =
      Set.of(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_UINT8);

  private final FunctionLibrary functions;

  DoubtfulOps(FunctionDefLibrary library) {
    this.functions = new FunctionLibrary(library);
  }

  private static void add(Critical critical, List<String> ops) {
    ops.forEach(op -> CRITICAL.put(op, critical));
  }

  /** The input of a node that must not hold all finite numbers; none if it gives whole numbers. */
  static Optional<Critical> critical(NodeDef node) {
    if (isCastToHalf(node)) {
      return Optional.of(new Critical(0, Domain.NONE));
    }
    // The others give what they take, or have no T.
    String given = node.getOp().equals("Bitcast") ? "type" : "T";
    AttrValue dtype = node.getAttrOrDefault(given, AttrValue.getDefaultInstance());
    return WHOLE.contains(dtype.getType())
        ? Optional.empty()
        : Optional.ofNullable(CRITICAL.get(node.getOp()));
  }

  /** Whose largest number is 65,504. */
  private static boolean isCastToHalf(NodeDef node) {
    return node.getOp().equals("Cast")
        && node.getAttrOrDefault("DstT", AttrValue.getDefaultInstance()).getType()
            == DataType.DT_HALF;
  }

  /** What the base of a power may hold. */
  static Domain base(double[] exponents) {
    if (!DoubleStream.of(exponents).allMatch(Double::isFinite)) {
      return Domain.NONE;
    }
    boolean isWhole = DoubleStream.of(exponents).allMatch(each -> each == Math.rint(each));
    if (DoubleStream.of(exponents).anyMatch(each -> each < 0)) {
      return isWhole ? Domain.NOT_ZERO : Domain.POSITIVE;
    }
    return isWhole ? Domain.ALL : Domain.NOT_NEGATIVE;
  }

  /** Whether the node is a constant that holds what is no number, as far as that is known. */
  static boolean isConstantOfOthers(NodeDef node) {
    return TensorValues.numbers(node).stream()
        .flatMapToDouble(DoubleStream::of)
        .anyMatch(Double::isNaN);
  }

  /** Whether a body that the node runs, as of a loop, has such an op. */
  boolean isAnyInBodies(NodeDef node) {
    return functions.functionsRunBy(node).anyMatch(DoubtfulOps::isAnyIn);
  }

  private static boolean isAnyIn(FunctionDef function) {
    Map<String, NodeDef> constants =
        function.getNodeDefList().stream()
            .filter(Ops::isConstant)
            .collect(toMap(NodeDef::getName, constant -> constant, (first, second) -> first));
    return function.getNodeDefList().stream().anyMatch(node -> isDoubtful(node, constants));
  }

  /** In a body nothing is known of numbers that are no constants. */
  private static boolean isDoubtful(NodeDef node, Map<String, NodeDef> constants) {
    List<Optional<NodeDef>> inputs =
        node.getInputList().stream()
            .filter(input -> !TensorId.isControl(input))
            .map(input -> Optional.ofNullable(constants.get(input.split(":", 2)[0])))
            .toList();
    if (node.getOp().equals("Pow")) {
      return inputs
          .get(1)
          .flatMap(TensorValues::numbers)
          .filter(exponents -> isSafe(inputs.get(0), base(exponents)))
          .isEmpty();
    }
    return isConstantOfOthers(node)
        || critical(node).filter(each -> !isAllSafe(each, inputs)).isPresent();
  }

  private static boolean isAllSafe(Critical critical, List<Optional<NodeDef>> inputs) {
    return critical
        .inputs(inputs.size())
        .allMatch(input -> isSafe(inputs.get(input), critical.domain()));
  }

  private static boolean isSafe(Optional<NodeDef> constant, Domain domain) {
    return domain == Domain.ALL || constant.filter(domain::takes).isPresent();
  }
}
