package layertap.graph.fold;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Says of which tensors constants and the shapes of what is fed tell the shape, or the numbers
 * themselves: the values that are fed change nothing. Not thread-safe.
 */
final class SteadyTensors {
  /** Give numbers that depend on those of their inputs alone. */
  private static final Set<String> OF_NUMBERS =
      Set.of(
          "Add",
          "AddV2",
          "Cast",
          "ConcatV2",
          "ExpandDims",
          "FloorDiv",
          "GatherV2",
          "Max",
          "Maximum",
          "Min",
          "Minimum",
          "Mul",
          "Pack",
          "Prod",
          "Range",
          "Reshape",
          "Squeeze",
          "StridedSlice",
          "Sub");

  /** Give sizes that depend on those of their inputs alone. */
  private static final Set<String> OF_SIZES =
      Set.of(
          "Add",
          "AddV2",
          "BatchMatMulV2",
          "BiasAdd",
          "Cast",
          "ConcatV2",
          "Conv2D",
          "Elu",
          "ExpandDims",
          "GatherV2",
          "MatMul",
          "Mul",
          "RealDiv",
          "Relu",
          "Relu6",
          "ReverseV2",
          "Rsqrt",
          "Selu",
          "Sigmoid",
          "Softmax",
          "Softplus",
          "SquaredDifference",
          "Squeeze",
          "Sub",
          "Tanh",
          "Transpose");

  /** As {@link #OF_SIZES}, where the numbers of their second and later inputs do so, too. */
  private static final Set<String> OF_SIZES_AND_NUMBERS =
      Set.of("Mean", "Reshape", "StridedSlice", "Sum", "Tile");

  private static final Set<String> SHAPE = Set.of("Shape", "Size");

  /** Nodes in a row; what is further away is not looked at. */
  private static final int MAX_DEPTH = 200;

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<TensorId, Boolean> numbers = new HashMap<>();
  private final Map<TensorId, Boolean> sizes = new HashMap<>();
  private final Map<TensorId, Boolean> lengths = new HashMap<>();

  SteadyTensors(GraphDef graph) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  static boolean isLoop(NodeDef node) {
    return Ops.calls(node) == Ops.Calls.LOOP;
  }

  /** Whether the numbers of an input are known so. */
  boolean haveNumbers(NodeDef node, int input) {
    return hasNumbers(node, input, 0);
  }

  private boolean hasNumbers(NodeDef node, int input, int depth) {
    return isKnown(node, input, depth, numbers, this::findNumbers);
  }

  private boolean hasSizes(NodeDef node, int input, int depth) {
    return isKnown(node, input, depth, sizes, this::findSizes);
  }

  /** Of a list, whose elements loops set. */
  private boolean hasLength(NodeDef node, int input, int depth) {
    return isKnown(node, input, depth, lengths, this::findLength);
  }

  private interface Finding {
    boolean find(NodeDef node, int output, int depth);
  }

  private boolean isKnown(
      NodeDef node, int input, int depth, Map<TensorId, Boolean> known, Finding finding) {
    if (input >= node.getInputCount() || depth > MAX_DEPTH) {
      return false;
    }
    TensorId tensor = TensorId.parse(node.getInput(input));
    Boolean found = known.get(tensor);
    if (found == null) {
      NodeDef source = nodes.get(tensor.node());
      found = source != null && finding.find(source, tensor.index(), depth + 1);
      known.put(tensor, found);
    }
    return found;
  }

  private boolean findNumbers(NodeDef node, int output, int depth) {
    if (Ops.isConstant(node)) {
      return true;
    }
    if (SHAPE.contains(node.getOp())) {
      return hasSizes(node, 0, depth);
    }
    return (Ops.isIdentityOfOne(node) || OF_NUMBERS.contains(node.getOp()))
        && areAll(node, 0, input -> hasNumbers(node, input, depth));
  }

  private boolean findSizes(NodeDef node, int output, int depth) {
    if (Ops.isConstant(node) || Ops.isPlaceholder(node)) {
      return true;
    }
    if (node.getOp().equals("TensorListStack")) {
      return hasLength(node, 0, depth);
    }
    if (OF_SIZES_AND_NUMBERS.contains(node.getOp())) {
      return hasSizes(node, 0, depth) && areAll(node, 1, input -> hasNumbers(node, input, depth));
    }
    return (Ops.isIdentityOfOne(node) || OF_SIZES.contains(node.getOp()))
        && areAll(node, 0, input -> hasSizes(node, input, depth));
  }

  private boolean findLength(NodeDef node, int output, int depth) {
    return isLoop(node)
        ? hasLength(node, output, depth)
        : node.getOp().equals("TensorListReserve") && hasNumbers(node, 1, depth);
  }

  /** Of the inputs that are values. */
  private static boolean areAll(NodeDef node, int first, IntPredicate isKnown) {
    return IntStream.range(first, node.getInputCount())
        .filter(input -> !TensorId.isControl(node.getInput(input)))
        .allMatch(isKnown);
  }
}
