package layertap.graph.fold;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import layertap.graph.TensorValues;
import layertap.graph.rewrite.LoopBody;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Tells loops whose number of steps constants and the shapes of what is fed decide from those where
 * values decide it. The loop of a recurrent layer counts its steps:
 *
 * <pre>
 *   0 ─▶ counter ─▶ Less(counter, limit) ─▶ counter + 1 ─▶ …
 *        x [?, 10, 4] ─▶ Transpose ─▶ Shape ─▶ StridedSlice ─▶ limit
 * </pre>
 */
public final class SteadyLoops {
  private static final Set<String> LESS = Set.of("Less", "LessEqual");
  private static final Set<String> SUM = Set.of("Add", "AddV2");

  private final FunctionLibrary functions;
  private final SteadyTensors tensors;

  private SteadyLoops(GraphDef graph) {
    this.functions = new FunctionLibrary(graph.getLibrary());
    this.tensors = new SteadyTensors(graph);
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
                .anyMatch(SteadyTensors::isLoop);
    SteadyLoops loops = new SteadyLoops(graph);
    return !isAnyElsewhere
        && graph.getNodeList().stream().filter(SteadyTensors::isLoop).allMatch(loops::isSteady);
  }

  private boolean isSteady(NodeDef loop) {
    Optional<LoopBody> condition =
        LoopBody.of(loop, "cond", functions).filter(cond -> cond.variableCount() > 0);
    Optional<LoopBody> body = LoopBody.of(loop, "body", functions);
    return condition.isPresent() && body.isPresent() && isSteady(loop, body.get(), condition.get());
  }

  /** Whether nothing but counters that are below limits make the condition. */
  private boolean isSteady(NodeDef loop, LoopBody body, LoopBody condition) {
    Set<String> seen = new HashSet<>();
    Deque<String> parts = new ArrayDeque<>(List.of(condition.next(0)));
    while (!parts.isEmpty()) {
      String part = parts.remove();
      NodeDef node = condition.producer(part).orElse(NodeDef.getDefaultInstance());
      List<String> inputs = condition.inputs(node);
      if (inputs.size() != 2) {
        return false;
      }
      if (node.getOp().equals("LogicalAnd")) {
        inputs.stream().filter(seen::add).forEach(parts::add);
      } else if (!LESS.contains(node.getOp())
          || !isCounter(loop, body, condition.positionOf(inputs.get(0)))
          || !isLimit(loop, body, condition, inputs.get(1))) {
        return false;
      }
    }
    return true;
  }

  private boolean isCounter(NodeDef loop, LoopBody body, int position) {
    if (position < 0 || position >= body.variableCount()) {
      return false;
    }
    NodeDef step = body.producer(body.next(position)).orElse(NodeDef.getDefaultInstance());
    List<String> summands = body.inputs(step);
    return SUM.contains(step.getOp())
        && summands.size() == 2
        && summands.get(0).equals(body.variable(position).getName())
        && body.producer(summands.get(1)).filter(SteadyLoops::isOneOrMore).isPresent()
        && tensors.haveNumbers(loop, position);
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
        && tensors.haveNumbers(loop, position);
  }
}
