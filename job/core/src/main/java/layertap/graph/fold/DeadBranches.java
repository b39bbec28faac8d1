package layertap.graph.fold;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Leaves out the branches of TensorFlow 1's conditions that a constant predicate never takes.
 *
 * <pre>
 *   x ─▶ Switch ─▶ a ─▶ Merge ─▶ y        with p = true:    x ─▶ Identity ─▶ b ─▶ Identity ─▶ y
 *          ▲  └──▶ b ─────▲
 *          p
 * </pre>
 */
final class DeadBranches {
  private static final String VALUE_INDEX = "/layertap_value_index";

  private final GraphIndex graph;
  private final Ranges ranges;

  /** Nodes that never run, and outputs of switches that nothing ever leaves by. */
  private final boolean[] dead;

  private final Set<TensorId> closed = new HashSet<>();

  private DeadBranches(GraphIndex graph, StoredNumbers stored) {
    this.graph = graph;
    this.ranges = new Ranges(graph, stored);
    this.dead = new boolean[graph.size()];
  }

  /**
   * What is left of a graph.
   *
   * @param graph without them; the same if there are none
   * @param dead names of the nodes that are left out
   * @param closed outputs of switches that nothing ever leaves by
   */
  record Result(GraphIndex graph, Set<String> dead, Set<TensorId> closed) {}

  static Result leaveOut(GraphIndex graph, StoredNumbers stored) {
    return new DeadBranches(graph, stored).leaveOut();
  }

  private Result leaveOut() {
    for (int position = 0; position < graph.size(); position++) {
      String name = graph.node(position).getName();
      taken(position).ifPresent(taken -> closed.add(new TensorId(name, taken ? 0 : 1)));
    }
    if (closed.isEmpty()) {
      return new Result(graph, Set.of(), Set.of());
    }
    boolean grows = true;
    while (grows) {
      grows = false;
      for (int position = 0; position < graph.size(); position++) {
        if (!dead[position] && neverRuns(position)) {
          dead[position] = true;
          grows = true;
        }
      }
    }
    Set<String> names = new HashSet<>();
    GraphDef.Builder left = graph.graph().toBuilder().clearNode();
    for (int position = 0; position < graph.size(); position++) {
      if (dead[position]) {
        names.add(graph.node(position).getName());
      } else {
        rewritten(position).forEach(left::addNode);
      }
    }
    return new Result(new GraphIndex(left.build(), graph.ops()), names, closed);
  }

  private boolean isSwitch(int position) {
    String op = graph.node(position).getOp();
    return (op.equals("Switch") || op.equals("RefSwitch")) && graph.sources(position).length == 2;
  }

  private boolean isMerge(int position) {
    String op = graph.node(position).getOp();
    return op.equals("Merge") || op.equals("RefMerge");
  }

  /** Which way a switch always goes. */
  private Optional<Boolean> taken(int position) {
    return isSwitch(position) ? ranges.truth(graph.inputTensor(position, 1)) : Optional.empty();
  }

  private boolean isDead(TensorId tensor) {
    return closed.contains(tensor) || dead[graph.require(tensor.node())];
  }

  private boolean neverRuns(int position) {
    for (int control : graph.controls(position)) {
      if (dead[control]) {
        return true;
      }
    }
    List<TensorId> inputs = graph.inputTensors(position);
    return isMerge(position)
        ? !inputs.isEmpty() && inputs.stream().allMatch(this::isDead)
        : inputs.stream().anyMatch(this::isDead);
  }

  private List<NodeDef> rewritten(int position) {
    NodeDef node = withOpenEdges(graph.node(position));
    if (taken(position).isPresent()) {
      return List.of(identity(node, List.of(node.getInput(0))));
    }
    if (!isMerge(position)) {
      return List.of(node);
    }
    List<TensorId> inputs = graph.inputTensors(position);
    List<TensorId> alive = inputs.stream().filter(input -> !isDead(input)).toList();
    if (alive.size() == inputs.size()) {
      return List.of(node);
    }
    if (alive.size() > 1) {
      // Which of them it was is no longer known by its number.
      NodeDef.Builder fewer = node.toBuilder().clearInput();
      alive.forEach(input -> fewer.addInput(open(input.asInput())));
      node.getInputList().stream().filter(TensorId::isControl).forEach(fewer::addInput);
      return List.of(fewer.putAttr("N", AttrValue.newBuilder().setI(alive.size()).build()).build());
    }
    NodeDefs index = new NodeDefs("");
    index.scalar(node.getName() + VALUE_INDEX, inputs.indexOf(alive.get(0)));
    NodeDef.Builder constant = index.nodes().get(0).toBuilder().addInput("^" + node.getName());
    return List.of(identity(node, List.of(open(alive.get(0).asInput()))), constant.build());
  }

  private NodeDef identity(NodeDef node, List<String> data) {
    List<String> inputs = new ArrayList<>(data);
    node.getInputList().stream().filter(TensorId::isControl).forEach(inputs::add);
    boolean isReference = node.getOp().startsWith("Ref");
    return NodeDef.newBuilder()
        .setName(node.getName())
        .setOp(isReference ? "RefIdentity" : "Identity")
        .addAllInput(inputs)
        .putAttr("T", node.getAttrOrDefault("T", AttrValue.getDefaultInstance()))
        .build();
  }

  /** The node with what the switches and merges that are left as identities give. */
  private NodeDef withOpenEdges(NodeDef node) {
    NodeDef.Builder copy = node.toBuilder().clearInput();
    node.getInputList().forEach(input -> copy.addInput(open(input)));
    return copy.build();
  }

  private String open(String input) {
    if (TensorId.isControl(input)) {
      return input;
    }
    TensorId tensor = TensorId.parse(input);
    int source = graph.require(tensor.node());
    if (tensor.index() == 1 && taken(source).isPresent()) {
      return new TensorId(tensor.node(), 0).asInput();
    }
    boolean isDecided =
        isMerge(source)
            && graph.inputTensors(source).stream().filter(each -> !isDead(each)).count() == 1
            && graph.sources(source).length > 1;
    return tensor.index() == 1 && isDecided
        ? new TensorId(tensor.node() + VALUE_INDEX, 0).asInput()
        : input;
  }
}
