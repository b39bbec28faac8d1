package layertap.graph.fold;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
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
  private final Map<Question, Boolean> answers = new HashMap<>();

  private enum Asked {
    NUMBERS,
    SIZES,
    /** Of a list, whose elements loops set. */
    LENGTH
  }

  private record Question(Asked asked, TensorId tensor) {}

  SteadyTensors(GraphDef graph) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  static boolean isLoop(NodeDef node) {
    return Ops.calls(node) == Ops.Calls.LOOP;
  }

  /** Whether the numbers of an input are known so. */
  boolean haveNumbers(NodeDef node, int input) {
    return isKnown(Asked.NUMBERS, node, input, 0);
  }

  private boolean isKnown(Asked asked, NodeDef node, int input, int depth) {
    if (input >= node.getInputCount() || depth > MAX_DEPTH) {
      return false;
    }
    Question question = new Question(asked, TensorId.parse(node.getInput(input)));
    Boolean answer = answers.get(question);
    if (answer == null) {
      NodeDef source = nodes.get(question.tensor.node());
      answer = source != null && find(question, source, depth + 1);
      answers.put(question, answer);
    }
    return answer;
  }

  private boolean find(Question question, NodeDef source, int depth) {
    return switch (question.asked) {
      case NUMBERS -> hasNumbers(source, depth);
      case SIZES -> hasSizes(source, depth);
      case LENGTH -> hasLength(source, question.tensor.index(), depth);
    };
  }

  private boolean hasNumbers(NodeDef node, int depth) {
    if (Ops.isConstant(node)) {
      return true;
    }
    if (SHAPE.contains(node.getOp())) {
      return isKnown(Asked.SIZES, node, 0, depth);
    }
    return (Ops.isIdentityOfOne(node) || OF_NUMBERS.contains(node.getOp()))
        && areAllKnown(Asked.NUMBERS, node, 0, depth);
  }

  private boolean hasSizes(NodeDef node, int depth) {
    if (Ops.isConstant(node) || Ops.isPlaceholder(node)) {
      return true;
    }
    if (node.getOp().equals("TensorListStack")) {
      return isKnown(Asked.LENGTH, node, 0, depth);
    }
    if (OF_SIZES_AND_NUMBERS.contains(node.getOp())) {
      return isKnown(Asked.SIZES, node, 0, depth) && areAllKnown(Asked.NUMBERS, node, 1, depth);
    }
    return (Ops.isIdentityOfOne(node) || OF_SIZES.contains(node.getOp()))
        && areAllKnown(Asked.SIZES, node, 0, depth);
  }

  private boolean hasLength(NodeDef node, int output, int depth) {
    return isLoop(node)
        ? isKnown(Asked.LENGTH, node, output, depth)
        : node.getOp().equals("TensorListReserve") && isKnown(Asked.NUMBERS, node, 1, depth);
  }

  /** Of the inputs that are values. */
  private boolean areAllKnown(Asked asked, NodeDef node, int first, int depth) {
    return IntStream.range(first, node.getInputCount())
        .filter(input -> !TensorId.isControl(node.getInput(input)))
        .allMatch(input -> isKnown(asked, node, input, depth));
  }
}
