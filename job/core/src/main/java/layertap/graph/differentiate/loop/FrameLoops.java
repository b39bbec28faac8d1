package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import layertap.failure.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Finds the loops of TensorFlow 1.
 *
 * <pre>
 *   x ─▶ Enter ─▶ Merge ─▶ Switch ─▶ body ─▶ NextIteration ─▶ (Merge)
 *                   └▶ cond ─▶ LoopCond ─▲ └▶ Exit ─▶ y
 * </pre>
 */
final class FrameLoops {
  private final GraphIndex graph;

  private FrameLoops(GraphIndex graph) {
    this.graph = graph;
  }

  /** Names of the graph's frames, with the nodes that enter each. */
  static Map<String, List<Integer>> frames(GraphIndex graph) {
    Map<String, List<Integer>> frames = new TreeMap<>();
    for (int position = 0; position < graph.size(); position++) {
      if (graph.node(position).getOp().equals("Enter")) {
        frames
            .computeIfAbsent(frameOf(graph.node(position)), name -> new ArrayList<>())
            .add(position);
      }
    }
    return frames;
  }

  private static String frameOf(NodeDef enter) {
    return enter
        .getAttrOrDefault("frame_name", AttrValue.getDefaultInstance())
        .getS()
        .toStringUtf8();
  }

  /** A variable of a loop. */
  private record Variable(int enter, int merge, int switching, TensorId next) {}

  /**
   * The loop of a frame.
   *
   * @throws GraphException if it is not as TensorFlow's {@code while_loop} writes it
   */
  static Loop of(GraphIndex graph, String frame, List<Integer> enters) {
    return new FrameLoops(graph).loop(frame, enters);
  }

  private Loop loop(String frame, List<Integer> enters) {
    List<Variable> variables = new ArrayList<>();
    List<Integer> constants = new ArrayList<>();
    for (int enter : enters) {
      boolean isConstant =
          graph.node(enter).getAttrOrDefault("is_constant", AttrValue.getDefaultInstance()).getB();
      if (isConstant) {
        constants.add(enter);
      } else {
        variables.add(variable(enter));
      }
    }
    int condition = -1;
    Map<TensorId, TensorId> placeholders = new HashMap<>();
    Map<TensorId, Integer> outputs = new LinkedHashMap<>();
    List<TensorId> inputs = new ArrayList<>();
    List<TensorId> next = new ArrayList<>();
    List<String> nodes = new ArrayList<>();
    for (Variable variable : variables) {
      TensorId placeholder = LoopTemplate.variable(inputs.size());
      placeholders.put(output(variable.merge, 0), placeholder);
      placeholders.put(output(variable.switching, 1), placeholder);
      for (int exit : graph.consumers(variable.switching)) {
        if (graph.node(exit).getOp().equals("Exit")) {
          outputs.put(output(exit, 0), inputs.size());
        }
      }
      inputs.add(graph.inputTensor(variable.enter, 0));
      next.add(variable.next);
      nodes.add(graph.node(variable.merge).getName());
      condition = graph.sources(variable.switching)[1];
    }
    for (int constant : constants) {
      TensorId placeholder = LoopTemplate.variable(inputs.size());
      placeholders.put(output(constant, 0), placeholder);
      inputs.add(graph.inputTensor(constant, 0));
      next.add(output(constant, 0));
    }
    if (condition < 0 || !graph.node(condition).getOp().equals("LoopCond")) {
      throw new GraphException("its frame '%s' has no condition".formatted(frame));
    }
    TensorId goesOn = graph.inputTensor(condition, 0);
    return new Loop(
        graph.node(condition).getName(),
        template(placeholders, inputs, List.of(goesOn)),
        template(placeholders, inputs, next),
        inputs,
        outputs,
        nodes);
  }

  private TensorId output(int position, int index) {
    return new TensorId(graph.node(position).getName(), index);
  }

  private Variable variable(int enter) {
    int merge = onlyConsumer(enter, "Merge");
    int switching = onlyConsumer(merge, "Switch");
    for (TensorId input : graph.inputTensors(merge)) {
      int source = graph.require(input.node());
      if (graph.node(source).getOp().equals("NextIteration")) {
        return new Variable(enter, merge, switching, graph.inputTensor(source, 0));
      }
    }
    throw notALoop(merge);
  }

  private int onlyConsumer(int position, String op) {
    Optional<Integer> found = Optional.empty();
    for (int consumer : graph.consumers(position)) {
      boolean isIt =
          graph.node(consumer).getOp().equals(op)
              && (op.equals("Merge") || graph.sources(consumer)[0] == position);
      if (isIt) {
        found = Optional.of(consumer);
      }
    }
    return found.orElseThrow(() -> notALoop(position));
  }

  private GraphException notALoop(int position) {
    return new GraphException(
        "'%s' is not part of a loop as TensorFlow writes them"
            .formatted(graph.node(position).getName()));
  }

  /** What a step needs for some results, as a graph of its own. */
  private LoopTemplate template(
      Map<TensorId, TensorId> placeholders, List<TensorId> inputs, List<TensorId> results) {
    int[] ends =
        results.stream()
            .filter(result -> !placeholders.containsKey(result))
            .mapToInt(result -> graph.require(result.node()))
            .toArray();
    boolean[] isBorder = new boolean[graph.size()];
    placeholders.keySet().forEach(tensor -> isBorder[graph.require(tensor.node())] = true);
    boolean[] inside =
        GraphWalk.of(graph).along(graph::sources, position -> !isBorder[position]).from(ends);
    GraphDef.Builder step = GraphDef.newBuilder();
    List<TensorId> variables = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      variables.add(LoopTemplate.variable(i));
      step.addNode(LoopTemplate.placeholder(variables.get(i), graph.type(inputs.get(i))));
    }
    for (int position = 0; position < graph.size(); position++) {
      if (inside[position]) {
        step.addNode(inStep(position, placeholders));
      }
    }
    List<TensorId> inStep =
        results.stream().map(result -> placeholders.getOrDefault(result, result)).toList();
    return LoopTemplate.pruned(new GraphIndex(step.build(), graph.ops()), variables, inStep);
  }

  /** The node without its control inputs, which only say in which frame it lives. */
  private NodeDef inStep(int position, Map<TensorId, TensorId> placeholders) {
    NodeDef.Builder copy = graph.node(position).toBuilder().clearInput();
    for (TensorId input : graph.inputTensors(position)) {
      copy.addInput(placeholders.getOrDefault(input, input).asInput());
    }
    return copy.build();
  }
}
