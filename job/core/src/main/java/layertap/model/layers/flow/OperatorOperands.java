package layertap.model.layers.flow;

import static java.util.Map.entry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
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

  /**
   * The op of an operator.
   *
   * @param result what it gives
   * @param operands of each activation that it takes, in order, what the operator may have taken:
   *     that, or what it was before Keras changed it
   */
  public record TracedOperator(TensorId result, List<Set<TensorId>> operands) {
    public TracedOperator {
      operands = operands.stream().map(Set::copyOf).toList();
    }

    /** Whether it may be the op of an operator with these operands, as far as they are known. */
    public boolean mayTake(List<Optional<TensorId>> others) {
      return others.size() == operands.size()
          && IntStream.range(0, operands.size())
              .allMatch(i -> others.get(i).map(operands.get(i)::contains).orElse(true));
    }

    /** Whether the tensor is one of the operands. */
    public boolean takes(TensorId tensor) {
      return operands.stream().anyMatch(operand -> operand.contains(tensor));
    }
  }

  private OperatorOperands() {}

  /** Whether the class is an operator's, that traces one op, and not that of a function of many. */
  public static boolean isOperator(String className) {
    return OPS.containsKey(className);
  }

  /** Whether both may have traced one op: one of them is a function, or they trace the same. */
  public static boolean mayShare(String oneClass, String otherClass) {
    Set<String> one = opsOf(oneClass);
    Set<String> other = opsOf(otherClass);
    return one.isEmpty() || other.isEmpty() || one.stream().anyMatch(other::contains);
  }

  /** Ops of which the class traces one; empty of a function, which may trace any. */
  private static Set<String> opsOf(String className) {
    // Not among the operators: Keras casts by itself, too, and a cast to the same type is no op.
    return className.equals("Cast") ? Set.of("Cast") : OPS.getOrDefault(className, Set.of());
  }

  /**
   * The only op that takes the operands as the operator does.
   *
   * @param operands that are activations, in order, where the graph computes them; one at least is
   *     known
   * @param nodes among which the operator's op is
   * @return empty if there are several, or Keras changed a known operand first
   */
  public static Optional<TracedOperator> find(
      String className, List<Optional<TensorId>> operands, Region nodes, DataFlow flow) {
    GraphIndex graph = flow.graph();
    TensorId known = operands.stream().flatMap(Optional::stream).findFirst().orElseThrow();
    Set<Integer> seen = new LinkedHashSet<>();
    Deque<Integer> waiting = new ArrayDeque<>();
    waiting.add(graph.require(known.node()));
    while (!waiting.isEmpty()) {
      for (int taker : graph.consumers(waiting.remove())) {
        String op = graph.node(taker).getOp();
        if (seen.add(taker) && (op.equals("Identity") || CHANGES.contains(op))) {
          waiting.add(taker);
        }
      }
    }
    List<TracedOperator> found =
        seen.stream()
            .filter(nodes::contains)
            .filter(taker -> OPS.getOrDefault(className, Set.of()).contains(op(taker, graph)))
            .map(
                taker ->
                    new TracedOperator(
                        new TensorId(graph.node(taker).getName(), 0), operands(taker, flow)))
            .filter(traced -> traced.mayTake(operands))
            .toList();
    if (found.size() != 1) {
      return Optional.empty();
    }
    List<Optional<TensorId>> taken = of(className, found.get(0).result(), graph, flow::isActive);
    boolean isSure =
        IntStream.range(0, operands.size())
            .allMatch(i -> operands.get(i).isEmpty() || taken.get(i).isPresent());
    return isSure ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static String op(int position, GraphIndex graph) {
    return graph.node(position).getOp();
  }

  /** Of each activation that a node takes: itself, and what it was before Keras changed it. */
  private static List<Set<TensorId>> operands(int position, DataFlow flow) {
    GraphIndex graph = flow.graph();
    List<Set<TensorId>> operands = new ArrayList<>();
    int[] sources = graph.sources(position);
    for (int i = 0; i < sources.length; i++) {
      if (flow.isActive(sources[i])) {
        TensorId taken = flow.source(graph.inputTensor(position, i));
        Set<TensorId> operand = new HashSet<>(Set.of(taken));
        int changed = graph.require(taken.node());
        if (CHANGES.contains(op(changed, graph))) {
          operand.add(flow.source(graph.inputTensor(changed, 0)));
        }
        operands.add(operand);
      }
    }
    return operands;
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
