package layertap.graph.fold;

import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.NodeDef;

/** Ops that give an infinity, or what is no number, of finite numbers of some kind. */
final class DoubtfulOps {
  /** What finite numbers an op takes safely in one of its inputs. */
  enum Domain {
    /** None but a constant. */
    NONE,
    NOT_ZERO,
    NOT_NEGATIVE,
    POSITIVE
  }

  /** An input and what it may hold. */
  record Critical(int input, Domain domain) {}

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
        List.of("Igamma", "Igammac", "Lgamma", "LogMatrixDeterminant", "MatrixInverse"));
    add(
        new Critical(0, Domain.NONE),
        List.of("MatrixLogarithm", "MatrixSolve", "MatrixSquareRoot", "MatrixTriangularSolve"));
    add(new Critical(0, Domain.NONE), List.of("Ndtri", "Polygamma", "Qr", "Spence", "Svd", "Zeta"));
    // Texts and bits may say any number.
    add(
        new Critical(0, Domain.NONE),
        List.of("Bitcast", "DecodeCSV", "DecodePaddedRaw", "DecodeRaw", "ParseTensor"));
    add(
        new Critical(0, Domain.NONE),
        List.of("ParseExample", "ParseExampleV2", "ParseSingleExample", "StringToNumber"));
    add(
        new Critical(1, Domain.NOT_ZERO),
        List.of("Div", "FloorDiv", "FloorMod", "Mod", "RealDiv", "TruncateMod", "Xdivy"));
    add(new Critical(0, Domain.NOT_ZERO), List.of("Inv", "Reciprocal"));
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

  /** The input of a node that must not hold all finite numbers; none of whole numbers. */
  static Optional<Critical> critical(NodeDef node) {
    AttrValue dtype = node.getAttrOrDefault("T", AttrValue.getDefaultInstance());
    return WHOLE.contains(dtype.getType())
        ? Optional.empty()
        : Optional.ofNullable(CRITICAL.get(node.getOp()));
  }

  /** Whether a body that the node runs, as of a loop, has such an op. */
  boolean isAnyInBodies(NodeDef node) {
    return functions.reachableFrom(List.of(node)).getFunctionList().stream()
        .anyMatch(DoubtfulOps::isAnyIn);
  }

  private static boolean isAnyIn(FunctionDef function) {
    Set<String> constants =
        function.getNodeDefList().stream()
            .filter(Ops::isConstant)
            .map(NodeDef::getName)
            .collect(toSet());
    return function.getNodeDefList().stream().anyMatch(node -> isDoubtful(node, constants));
  }

  /** In a body nothing is known of numbers that are no constants. */
  private static boolean isDoubtful(NodeDef node, Set<String> constants) {
    if (node.getOp().equals("Pow")) {
      return true;
    }
    return critical(node)
        .filter(each -> !constants.contains(node.getInput(each.input()).split(":", 2)[0]))
        .isPresent();
  }
}
