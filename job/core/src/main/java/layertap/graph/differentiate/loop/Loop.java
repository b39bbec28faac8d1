package layertap.graph.differentiate.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.failure.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import org.tensorflow.proto.NodeDef;

/**
 * A loop of a graph: a {@code While}, or a frame of TensorFlow 1.
 *
 * @param name before the names of what it is replaced by
 * @param cond whether there is another step
 * @param body what a step makes of the variables
 * @param inputs the variables before the first step
 * @param outputs tensors of the graph that hold variables after the last step, with which one
 * @param nodes names of nodes that show whether the loop is on a path
 */
record Loop(
    String name,
    LoopTemplate cond,
    LoopTemplate body,
    List<TensorId> inputs,
    Map<TensorId, Integer> outputs,
    List<String> nodes) {
  Loop {
    inputs = List.copyOf(inputs);
    outputs = Map.copyOf(outputs);
    nodes = List.copyOf(nodes);
  }

  /**
   * The loop of a {@code While} or {@code StatelessWhile}.
   *
   * @throws GraphException if its functions are missing or call themselves
   */
  static Loop ofWhile(GraphIndex graph, int position) {
    NodeDef node = graph.node(position);
    Map<TensorId, Integer> outputs = new HashMap<>();
    for (int i = 0; i < graph.sources(position).length; i++) {
      outputs.put(new TensorId(node.getName(), i), i);
    }
    return new Loop(
        node.getName(),
        LoopTemplate.of(node, "cond", graph.graph().getLibrary()),
        LoopTemplate.of(node, "body", graph.graph().getLibrary()),
        graph.inputTensors(position),
        outputs,
        List.of(node.getName()));
  }
}
