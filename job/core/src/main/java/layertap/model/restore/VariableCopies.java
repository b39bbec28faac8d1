package layertap.model.restore;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.NodeDef;

/**
 * Copies of variables that the restore op sets in place of their originals. {@code
 * tf.saved_model.save} of Keras 3.15 makes a new variable of each of the model's and saves that,
 * while the model's functions read the original, which nothing sets:
 *
 * <pre>
 *   functions ◀─ dense/kernel ─▶ ReadVariableOp ─▶ AssignVariableOp ◀─ Variable_1 ─▶ restore
 * </pre>
 *
 * A SavedModel with an object graph holds assignments outside of functions for no other purpose.
 */
final class VariableCopies {
  private VariableCopies() {}

  /**
   * The copy of each variable that has exactly one, by names of handles.
   *
   * @param graph the nodes outside of functions
   */
  static Map<String, String> of(GraphIndex graph) {
    Map<String, String> copies = new HashMap<>();
    Set<String> copiedTwice = new HashSet<>();
    for (int position = 0; position < graph.size(); position++) {
      if (!isOp(graph, position, "AssignVariableOp", 2)) {
        continue;
      }
      NodeDef copy = source(graph, position, 0);
      int read = graph.require(source(graph, position, 1).getName());
      if (Ops.isVariableHandle(copy) && isOp(graph, read, "ReadVariableOp", 1)) {
        NodeDef original = source(graph, read, 0);
        if (copies.put(original.getName(), copy.getName()) != null) {
          copiedTwice.add(original.getName());
        }
      }
    }
    copies.keySet().removeAll(copiedTwice);
    return copies;
  }

  private static boolean isOp(GraphIndex graph, int position, String op, int inputs) {
    return graph.node(position).getOp().equals(op) && graph.sources(position).length == inputs;
  }

  private static NodeDef source(GraphIndex graph, int position, int input) {
    TensorId tensor = Identities.source(graph, graph.inputTensor(position, input));
    return graph.node(graph.require(tensor.node()));
  }
}
