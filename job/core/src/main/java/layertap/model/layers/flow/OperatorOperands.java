package layertap.model.layers.flow;

import static java.util.Map.entry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;

/**
 * Reads from the op that an operator or function of Keras 3 traced what it takes. {@code a + b},
 * {@code a > b}, {@code a[:, 0]} and {@code keras.ops.matmul(a, b)} trace one op each, which takes
 * the operands in order.
 *
 * <pre>
 *   a ─▶ AddV2 ─▶ sum        a + b takes a, b; a + 0.5 takes a
 *   b ──▲
 * </pre>
 */
public final class OperatorOperands {
  private static final Map<String, Set<String>> OPS =
      Map.ofEntries(
          entry("Add", Set.of("AddV2", "BiasAdd")),
          entry("Subtract", Set.of("Sub")),
          entry("Multiply", Set.of("Mul")),
          entry("Divide", Set.of("RealDiv")),
          entry("TrueDivide", Set.of("RealDiv")),
          entry("FloorDivide", Set.of("FloorDiv")),
          entry("Mod", Set.of("FloorMod")),
          entry("Power", Set.of("Pow")),
          entry("Maximum", Set.of("Maximum")),
          entry("Minimum", Set.of("Minimum")),
          entry("Negative", Set.of("Neg")),
          entry("Absolute", Set.of("Abs")),
          entry("Equal", Set.of("Equal")),
          entry("NotEqual", Set.of("NotEqual")),
          entry("Greater", Set.of("Greater")),
          entry("GreaterEqual", Set.of("GreaterEqual")),
          entry("Less", Set.of("Less")),
          entry("LessEqual", Set.of("LessEqual")),
          entry("LogicalAnd", Set.of("LogicalAnd")),
          entry("LogicalOr", Set.of("LogicalOr")),
          entry("LogicalNot", Set.of("LogicalNot")),
          entry("GetItem", Set.of("StridedSlice")),
          entry("Matmul", Set.of("MatMul", "BatchMatMulV2")),
          entry("Transpose", Set.of("Transpose")),
          entry("Swapaxes", Set.of("Transpose")),
          entry("Softmax", Set.of("Softmax")),
          entry("LogSoftmax", Set.of("LogSoftmax")),
          entry("Relu", Set.of("Relu")),
          entry("Sigmoid", Set.of("Sigmoid")),
          entry("Tanh", Set.of("Tanh")),
          entry("Exp", Set.of("Exp")),
          entry("Log", Set.of("Log")),
          entry("Sqrt", Set.of("Sqrt")),
          entry("Square", Set.of("Square")));

  /** What Keras may do to an operand first: of operands of two types, it casts one. */
  private static final Set<String> CHANGES = Set.of("Cast", "Squeeze");

  private OperatorOperands() {}

  /** Whether the class is an operator's, that traces one op, and not that of a function of many. */
  public static boolean isOperator(String className) {
    return OPS.containsKey(className);
  }

  /** Whether both may have traced one op: one of them is no operator, or they trace the same. */
  public static boolean mayShare(String oneClass, String otherClass) {
    return !isOperator(oneClass)
        || !isOperator(otherClass)
        || OPS.get(oneClass).stream().anyMatch(OPS.get(otherClass)::contains);
  }

  /**
   * What the only op gives that takes the operands as the operator does.
   *
   * @param operands that are activations, in order, where the graph computes them
   * @param nodes among which the operator's op is
   * @return empty if there are several, or Keras changed an operand first
   */
  public static Optional<TensorId> result(
      String className, List<TensorId> operands, Region nodes, DataFlow flow) {
    GraphIndex graph = flow.graph();
    Set<Integer> seen = new LinkedHashSet<>();
    Deque<Integer> waiting = new ArrayDeque<>();
    waiting.add(graph.require(operands.get(0).node()));
    while (!waiting.isEmpty()) {
      for (int taker : graph.consumers(waiting.remove())) {
        String op = graph.node(taker).getOp();
        if (seen.add(taker) && (op.equals("Identity") || CHANGES.contains(op))) {
          waiting.add(taker);
        }
      }
    }
    List<TensorId> found =
        seen.stream()
            .filter(nodes::contains)
            .filter(taker -> OPS.getOrDefault(className, Set.of()).contains(op(taker, graph)))
            .filter(taker -> unchanged(taker, flow).equals(operands))
            .map(taker -> new TensorId(graph.node(taker).getName(), 0))
            .toList();
    boolean isSure =
        found.size() == 1
            && of(className, found.get(0), graph, flow::isActive).stream()
                .allMatch(Optional::isPresent);
    return isSure ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static String op(int position, GraphIndex graph) {
    return graph.node(position).getOp();
  }

  /** The activations that a node takes, before Keras changed them. */
  private static List<TensorId> unchanged(int position, DataFlow flow) {
    GraphIndex graph = flow.graph();
    List<TensorId> taken = new ArrayList<>();
    int[] sources = graph.sources(position);
    for (int i = 0; i < sources.length; i++) {
      if (flow.isActive(sources[i])) {
        TensorId tensor = flow.source(graph.inputTensor(position, i));
        int changed = graph.require(tensor.node());
        taken.add(
            CHANGES.contains(op(changed, graph))
                ? flow.source(graph.inputTensor(changed, 0))
                : tensor);
      }
    }
    return taken;
  }

  /**
   * The operands that are activations, in order.
   *
   * @param className of the operator, as {@code GetItem}
   * @param result what the operator gives, where the graph computes it
   * @param isActive whether a node's outputs depend on what is fed
   * @return for each operand the tensor, empty where Keras may have changed the operand first; none
   *     if the op is not the operator's
   */
  public static List<Optional<TensorId>> of(
      String className, TensorId result, GraphIndex graph, IntPredicate isActive) {
    int position = graph.require(result.node());
    if (!OPS.getOrDefault(className, Set.of()).contains(graph.node(position).getOp())) {
      return List.of();
    }
    List<Optional<TensorId>> operands = new ArrayList<>();
    int[] sources = graph.sources(position);
    for (int i = 0; i < sources.length; i++) {
      if (isActive.test(sources[i])) {
        boolean mayBeChanged = CHANGES.contains(graph.node(sources[i]).getOp());
        operands.add(mayBeChanged ? Optional.empty() : Optional.of(graph.inputTensor(position, i)));
      }
    }
    return operands;
  }
}
