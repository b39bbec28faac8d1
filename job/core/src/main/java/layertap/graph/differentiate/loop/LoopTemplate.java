package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import layertap.failure.GraphException;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.inline.FunctionInliner;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.Pruner;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;

/**
 * What a loop does in a step, as a graph of its own.
 *
 * @param graph nodes of the step; placeholders stand for the variables of the loop
 * @param variables the placeholders
 * @param results of the step: the variables' next values, or whether there is another step
 */
record LoopTemplate(GraphIndex graph, List<TensorId> variables, List<TensorId> results) {
  private static final String CALL = "layertap_step";

  LoopTemplate {
    variables = List.copyOf(variables);
    results = List.copyOf(results);
  }

  /**
   * The function that a loop calls, its own calls inlined.
   *
   * @param attribute {@code body} or {@code cond}
   * @throws GraphException if the function is missing or calls itself
   */
  static LoopTemplate of(NodeDef loop, String attribute, FunctionDefLibrary library) {
    List<DataType> types =
        loop.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getList().getTypeList();
    NameAttrList function =
        loop.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getFunc();
    List<TensorId> variables =
        IntStream.range(0, types.size()).mapToObj(LoopTemplate::variable).toList();
    GraphDef.Builder graph = GraphDef.newBuilder().setLibrary(library);
    NodeDef.Builder call = NodeDef.newBuilder().setName(CALL).setOp("StatefulPartitionedCall");
    for (int i = 0; i < types.size(); i++) {
      graph.addNode(placeholder(variables.get(i), types.get(i)));
      call.addInput(variables.get(i).asInput());
    }
    call.putAttr("Tin", loop.getAttrOrDefault("T", AttrValue.getDefaultInstance()));
    List<DataType> returned = attribute.equals("cond") ? List.of(DataType.DT_BOOL) : types;
    AttrValue.ListValue returnedTypes =
        AttrValue.ListValue.newBuilder().addAllType(returned).build();
    call.putAttr("Tout", AttrValue.newBuilder().setList(returnedTypes).build());
    call.putAttr("f", AttrValue.newBuilder().setFunc(function).build());
    FlatGraph flat =
        FunctionInliner.inline(
            graph.addNode(call).build(), List.of(CALL), OpDefinitions.registered());
    GraphIndex inlined = new GraphIndex(flat.graph(), OpDefinitions.registered());
    Substitution bypass = CallBypass.of(inlined, flat.calls());
    List<TensorId> results =
        IntStream.range(0, returned.size())
            .mapToObj(i -> bypass.resolve(new TensorId(CALL, i)))
            .toList();
    return pruned(bypass.apply(inlined), variables, results);
  }

  /** What the results need. */
  static LoopTemplate pruned(GraphIndex graph, List<TensorId> variables, List<TensorId> results) {
    GraphDef needed = Pruner.prune(graph, results);
    return new LoopTemplate(new GraphIndex(needed, OpDefinitions.registered()), variables, results);
  }

  static TensorId variable(int position) {
    return new TensorId("layertap_variable_" + position, 0);
  }

  static NodeDef placeholder(TensorId variable, DataType type) {
    return NodeDef.newBuilder()
        .setName(variable.node())
        .setOp("Placeholder")
        .putAttr("dtype", AttrValue.newBuilder().setType(type).build())
        .build();
  }

  /** The nodes of the step, each after those that it takes something from. */
  List<Integer> inOrder() {
    List<Integer> order = new ArrayList<>();
    boolean[] done = new boolean[graph.size()];
    variables.forEach(
        variable -> graph.find(variable.node()).ifPresent(position -> done[position] = true));
    boolean grows = true;
    while (grows) {
      grows = false;
      for (int position = 0; position < graph.size(); position++) {
        if (!done[position] && IntStream.of(graph.sources(position)).allMatch(i -> done[i])) {
          done[position] = true;
          order.add(position);
          grows = true;
        }
      }
    }
    boolean isComplete = IntStream.range(0, graph.size()).allMatch(i -> done[i]);
    if (!isComplete) {
      throw new GraphException("its steps hold a loop of TensorFlow 1");
    }
    return order;
  }
}
