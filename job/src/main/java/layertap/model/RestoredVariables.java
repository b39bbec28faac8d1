package layertap.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.graph.FlatGraph;
import layertap.graph.FunctionInliner;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Which checkpoint key each variable of a graph is restored from, as the graph's own restore op
 * says it: {@code VarHandleOp ← AssignVariableOp ← Identity ← RestoreV2}, or {@code Assign} for the
 * reference variables of TensorFlow 1. Immutable.
 */
final class RestoredVariables {
  private final Map<String, Source> sources = new HashMap<>();

  /**
   * Where a variable's value comes from.
   *
   * @param key checkpoint key
   * @param slice as {@code RestoreV2} writes it ({@code "10 20 0,5:0,20"}); empty for a whole
   *     tensor
   */
  record Source(String key, String slice) {}

  private RestoredVariables() {}

  /**
   * Traces the restore op.
   *
   * @param restoreOp name of the node that restores all; empty if the model has no variables
   */
  static RestoredVariables trace(GraphDef graph, String restoreOp, OpDefinitions ops) {
    RestoredVariables traced = new RestoredVariables();
    String node = TensorId.parse(restoreOp).node();
    if (node.isEmpty()) {
      return traced;
    }
    FlatGraph flat = FunctionInliner.inline(graph, List.of(node), ops);
    GraphIndex index = new GraphIndex(flat.graph(), ops);
    for (int i = 0; i < index.size(); i++) {
      String op = index.node(i).getOp();
      if ((op.equals("AssignVariableOp") || op.equals("Assign")) && index.sources(i).length == 2) {
        traced.add(index, i);
      }
    }
    return traced;
  }

  private void add(GraphIndex index, int assign) {
    TensorId value = Identities.source(index, index.inputTensor(assign, 1));
    int restore = index.require(value.node());
    if (!index.node(restore).getOp().equals("RestoreV2") || index.sources(restore).length < 3) {
      return;
    }
    Optional<String> key = constant(index, restore, 1, value.index());
    Optional<String> slice = constant(index, restore, 2, value.index());
    TensorId handle = Identities.source(index, index.inputTensor(assign, 0));
    if (key.isPresent()) {
      sources.put(handle.node(), new Source(key.get(), slice.orElse("")));
    }
  }

  private static Optional<String> constant(GraphIndex index, int node, int input, int element) {
    NodeDef source =
        index.node(index.require(Identities.source(index, index.inputTensor(node, input)).node()));
    List<String> values = TensorValues.strings(source);
    return element < values.size() ? Optional.of(values.get(element)) : Optional.empty();
  }

  /** The source of the variable whose handle (or reference) the node of that name is. */
  Optional<Source> find(String node) {
    return Optional.ofNullable(sources.get(node));
  }
}
