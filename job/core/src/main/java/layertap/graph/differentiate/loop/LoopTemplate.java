package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * What a loop does in a step, or what a branch does, as a graph of its own.
 *
 * @param graph nodes of the step; placeholders stand for the variables of the loop, for what enters
 *     the branch
 * @param variables the placeholders
 * @param results of the step: the variables' next values, or whether there is another step; of the
 *     branch what leaves it
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
    List<DataType> types = types(loop, "T");
    List<DataType> returned = attribute.equals("cond") ? List.of(DataType.DT_BOOL) : types;
    return of(attribute(loop, attribute).getFunc(), types, returned, library);
  }

  /**
   * The function that a branch calls, its own calls inlined.
   *
   * @param attribute {@code then_branch} or {@code else_branch}
   * @throws GraphException if the function is missing or calls itself
   */
  static LoopTemplate ofBranch(NodeDef branch, String attribute, FunctionDefLibrary library) {
    return of(
        attribute(branch, attribute).getFunc(),
        types(branch, "Tin"),
        types(branch, "Tout"),
        library);
  }

  private static AttrValue attribute(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
  }

  private static List<DataType> types(NodeDef node, String name) {
    return attribute(node, name).getList().getTypeList();
  }

  private static AttrValue listed(List<DataType> types) {
    return AttrValue.newBuilder()
        .setList(AttrValue.ListValue.newBuilder().addAllType(types))
        .build();
  }

  private static LoopTemplate of(
      NameAttrList function,
      List<DataType> types,
      List<DataType> returned,
      FunctionDefLibrary library) {
    List<TensorId> variables =
        IntStream.range(0, types.size()).mapToObj(LoopTemplate::variable).toList();
    GraphDef.Builder graph = GraphDef.newBuilder().setLibrary(library);
    NodeDef.Builder call = NodeDef.newBuilder().setName(CALL).setOp("StatefulPartitionedCall");
    for (int i = 0; i < types.size(); i++) {
      graph.addNode(placeholder(variables.get(i), types.get(i)));
      call.addInput(variables.get(i).asInput());
    }
    call.putAttr("Tin", listed(types));
    call.putAttr("Tout", listed(returned));
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

  /**
   * The node in the place of one of the template.
   *
   * @param scope before its name
   * @param taken what stands for the placeholders
   */
  NodeDef copied(int position, String scope, Map<TensorId, TensorId> taken) {
    NodeDef node = graph.node(position);
    NodeDef.Builder copy = node.toBuilder().setName(scope + node.getName()).clearInput();
    for (TensorId input : graph.inputTensors(position)) {
      copy.addInput(copied(input, scope, taken).asInput());
    }
    node.getInputList().stream()
        .filter(TensorId::isControl)
        .map(TensorId::nodeOf)
        .filter(control -> variables.stream().noneMatch(v -> v.node().equals(control)))
        .forEach(control -> copy.addInput("^" + scope + control));
    return copy.build();
  }

  /** The tensor in the place of one of the template. */
  TensorId copied(TensorId tensor, String scope, Map<TensorId, TensorId> taken) {
    return taken.getOrDefault(tensor, new TensorId(scope + tensor.node(), tensor.index()));
  }
}
