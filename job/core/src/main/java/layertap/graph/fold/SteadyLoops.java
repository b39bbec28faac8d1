package layertap.graph.fold;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import layertap.graph.rewrite.LoopBody;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Tells loops that count to a limit, which constants and the shapes of what is fed say, from those
 * that go round as often as values say. A recurrent layer's counts its steps:
 *
 * <pre>
 *   0 ─▶ counter ─▶ Less(counter, limit) ─▶ counter + 1 ─▶ …
 *        x [?, 10, 4] ─▶ Transpose ─▶ Shape ─▶ StridedSlice ─▶ limit
 * </pre>
 */
public final class SteadyLoops {
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

  /** Nodes in a row; what is further away is not looked at. */
  private static final int MAX_DEPTH = 200;

  private final FunctionLibrary functions;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  private SteadyLoops(GraphDef graph) {
    this.functions = new FunctionLibrary(graph.getLibrary());
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * Whether each loop of a graph makes as many steps for all values of the same shapes. Those
   * within functions, and those of TensorFlow 1, are not looked at: none of these may be there.
   */
  public static boolean areAllOf(GraphDef graph) {
    boolean isAnyElsewhere =
        FunctionLibrary.allNodes(graph).anyMatch(node -> node.getOp().endsWith("NextIteration"))
            || graph.getLibrary().getFunctionList().stream()
                .flatMap(function -> function.getNodeDefList().stream())
                .anyMatch(SteadyLoops::isLoop);
    SteadyLoops loops = new SteadyLoops(graph);
    return !isAnyElsewhere
        && graph.getNodeList().stream().filter(SteadyLoops::isLoop).allMatch(loops::isSteady);
  }

  private static boolean isLoop(NodeDef node) {
    return Ops.calls(node) == Ops.Calls.LOOP;
  }

  private boolean isSteady(NodeDef loop) {
    Optional<LoopBody> condition = function(loop, "cond");
    Optional<LoopBody> body = function(loop, "body");
    return condition.isPresent()
        && body.isPresent()
        && isSteady(loop, body.get(), condition.get(), condition.get().next(0));
  }

  private Optional<LoopBody> function(NodeDef loop, String attribute) {
    AttrValue name = loop.getAttrOrDefault(attribute, AttrValue.getDefaultInstance());
    return functions
        .find(name.getFunc().getName())
        .filter(function -> function.getSignature().getOutputArgCount() > 0)
        .map(LoopBody::new);
  }

  /** Of a condition, or of a part of one. */
  private boolean isSteady(NodeDef loop, LoopBody body, LoopBody condition, String value) {
    NodeDef node = condition.producer(value).orElse(NodeDef.getDefaultInstance());
    List<String> inputs = condition.inputs(node);
    return switch (node.getOp()) {
      case "LogicalAnd" ->
          inputs.stream().allMatch(input -> isSteady(loop, body, condition, input));
      case "Less", "LessEqual" ->
          isCounter(loop, body, condition, inputs.get(0))
              && isLimit(loop, body, condition, inputs.get(1));
      default -> false;
    };
  }

  private boolean isCounter(NodeDef loop, LoopBody body, LoopBody condition, String value) {
    int position = condition.positionOf(value);
    if (position < 0 || position >= body.variableCount()) {
      return false;
    }
    NodeDef step = body.producer(body.next(position)).orElse(NodeDef.getDefaultInstance());
    List<String> summands = body.inputs(step);
    return Set.of("Add", "AddV2").contains(step.getOp())
        && summands.get(0).equals(body.variable(position).getName())
        && body.producer(summands.get(1)).filter(SteadyLoops::isOneOrMore).isPresent()
        && hasNumbers(input(loop, position), 0);
  }

  private static boolean isOneOrMore(NodeDef node) {
    List<Long> numbers = TensorValues.wholeNumbers(node);
    return numbers.size() == 1 && numbers.get(0) >= 1;
  }

  private boolean isLimit(NodeDef loop, LoopBody body, LoopBody condition, String value) {
    int position = condition.positionOf(value);
    if (position < 0) {
      return condition.producer(value).filter(Ops::isConstant).isPresent();
    }
    return position < body.variableCount()
        && body.isInvariant(position)
        && hasNumbers(input(loop, position), 0);
  }

  private static TensorId input(NodeDef node, int position) {
    return TensorId.parse(node.getInput(position));
  }

  /** Whether constants and the shapes of what is fed say the numbers. */
  private boolean hasNumbers(TensorId tensor, int depth) {
    NodeDef node = nodes.get(tensor.node());
    if (node == null || depth > MAX_DEPTH) {
      return false;
    }
    if (Ops.isConstant(node)) {
      return true;
    }
    if (node.getOp().equals("Shape") || node.getOp().equals("Size")) {
      return hasSizes(input(node, 0), depth + 1);
    }
    return (Ops.isIdentityOfOne(node) || OF_NUMBERS.contains(node.getOp()))
        && areAll(node, 0, input -> hasNumbers(input, depth + 1));
  }

  /** Whether constants and the shapes of what is fed say the shape. */
  private boolean hasSizes(TensorId tensor, int depth) {
    NodeDef node = nodes.get(tensor.node());
    if (node == null || depth > MAX_DEPTH) {
      return false;
    }
    if (Ops.isConstant(node) || Ops.isPlaceholder(node)) {
      return true;
    }
    if (node.getOp().equals("TensorListStack")) {
      return hasLength(input(node, 0), depth + 1);
    }
    if (OF_SIZES_AND_NUMBERS.contains(node.getOp())) {
      return hasSizes(input(node, 0), depth + 1)
          && areAll(node, 1, input -> hasNumbers(input, depth + 1));
    }
    return (Ops.isIdentityOfOne(node) || OF_SIZES.contains(node.getOp()))
        && areAll(node, 0, input -> hasSizes(input, depth + 1));
  }

  /** Whether they say the length of a list, which steady loops set the elements of. */
  private boolean hasLength(TensorId list, int depth) {
    NodeDef node = nodes.get(list.node());
    if (node == null || depth > MAX_DEPTH) {
      return false;
    }
    return isLoop(node)
        ? hasLength(input(node, list.index()), depth + 1)
        : node.getOp().equals("TensorListReserve") && hasNumbers(input(node, 1), depth + 1);
  }

  private static boolean areAll(NodeDef node, int first, Predicate<TensorId> inputs) {
    return node.getInputList().stream()
        .filter(input -> !TensorId.isControl(input))
        .skip(first)
        .map(TensorId::parse)
        .allMatch(inputs);
  }
}
