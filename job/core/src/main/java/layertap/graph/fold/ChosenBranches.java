package layertap.graph.fold;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.inline.FunctionInliner;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;

/** Puts the function in the place of an {@code If} or {@code Case} that always chooses that one. */
final class ChosenBranches {
  private ChosenBranches() {}

  /**
   * A graph with the functions inlined.
   *
   * @param graph the same if no op always chooses one
   * @param calls the inlined calls with their functions
   */
  record Result(GraphIndex graph, Map<String, String> calls) {}

  static Result inline(GraphIndex graph, StoredNumbers stored) {
    GraphIndex calling = calling(graph, stored);
    if (calling == graph) {
      return new Result(graph, Map.of());
    }
    List<String> all =
        IntStream.range(0, graph.size()).mapToObj(i -> graph.node(i).getName()).toList();
    FlatGraph flat = FunctionInliner.inline(calling, all);
    return new Result(new GraphIndex(flat.graph(), graph.ops()), flat.calls());
  }

  /** The graph with calls of the functions; the same one if no op always chooses one. */
  static GraphIndex calling(GraphIndex graph, StoredNumbers stored) {
    Ranges ranges = new Ranges(graph, stored);
    GraphDef.Builder chosen = graph.graph().toBuilder().clearNode();
    boolean isChosen = false;
    for (int position = 0; position < graph.size(); position++) {
      NodeDef node = graph.node(position);
      Optional<NodeDef> call =
          Ops.calls(node) == Ops.Calls.BRANCH && graph.sources(position).length > 0
              ? branch(node, ranges, graph.inputTensor(position, 0)).map(f -> call(node, f))
              : Optional.empty();
      isChosen |= call.isPresent();
      chosen.addNode(call.orElse(node));
    }
    return isChosen ? new GraphIndex(chosen.build(), graph.ops()) : graph;
  }

  private static Optional<NameAttrList> branch(NodeDef node, Ranges ranges, TensorId predicate) {
    AttrValue branches = node.getAttrOrDefault("branches", AttrValue.getDefaultInstance());
    List<NameAttrList> functions = branches.getList().getFuncList();
    if (functions.isEmpty()) {
      return ranges
          .truth(predicate)
          .map(isTrue -> node.getAttrMap().get(isTrue ? "then_branch" : "else_branch"))
          .map(AttrValue::getFunc);
    }
    OptionalInt index = ranges.whole(predicate);
    if (index.isEmpty()) {
      return Optional.empty();
    }
    int chosen = index.getAsInt();
    boolean isThere = chosen >= 0 && chosen < functions.size();
    return Optional.of(functions.get(isThere ? chosen : functions.size() - 1));
  }

  private static NodeDef call(NodeDef node, NameAttrList function) {
    NodeDef.Builder call =
        NodeDef.newBuilder().setName(node.getName()).setOp("StatefulPartitionedCall");
    call.addAllInput(node.getInputList().subList(1, node.getInputCount()));
    for (String types : List.of("Tin", "Tout")) {
      call.putAttr(types, node.getAttrOrDefault(types, AttrValue.getDefaultInstance()));
    }
    AttrValue shapes = node.getAttrMap().get(GraphIndex.OUTPUT_SHAPES);
    if (shapes != null) {
      call.putAttr(GraphIndex.OUTPUT_SHAPES, shapes);
    }
    return call.putAttr("f", AttrValue.newBuilder().setFunc(function).build()).build();
  }
}
