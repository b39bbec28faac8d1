package layertap.graph.optimize;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A graph that is being rewritten. What only hands a value on is looked through from the start:
 * whoever took it takes the value itself. Not thread-safe.
 */
final class WorkingGraph {
  private static final AttrValue FLOAT = AttrValues.type(DataType.DT_FLOAT);

  private final GraphDef original;
  private final Set<String> kept;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();

  /** For each node who takes any output of it, once for each such input, control edges too. */
  private final Map<String, List<String>> consumers = new LinkedHashMap<>();

  /**
   * Starts with a graph as it is.
   *
   * @param kept names of nodes whose outputs somebody else takes
   * @param exact names of nodes that stay as they are, with all that they depend on
   */
  WorkingGraph(GraphDef graph, Set<String> kept, Collection<String> exact) {
    this.original = graph;
    this.kept = new HashSet<>(kept);
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    keepAllBefore(exact);
    for (NodeDef node : graph.getNodeList()) {
      put(withoutIdentities(node));
    }
    // Else they would count as another use of what they hand on.
    nodes().stream().filter(this::isPassedOver).forEach(this::remove);
  }

  private boolean isPassedOver(NodeDef node) {
    return !isKept(node)
        && consumers.getOrDefault(node.getName(), List.of()).isEmpty()
        && !source(node.getName()).equals(node.getName());
  }

  private void keepAllBefore(Collection<String> exact) {
    Deque<String> waiting = new ArrayDeque<>(exact);
    Set<String> seen = new HashSet<>();
    while (!waiting.isEmpty()) {
      String name = waiting.remove();
      if (seen.add(name)) {
        nodes.get(name).getInputList().forEach(input -> waiting.add(TensorId.nodeOf(input)));
      }
    }
    kept.addAll(seen);
  }

  private NodeDef withoutIdentities(NodeDef node) {
    NodeDef.Builder direct = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      if (!TensorId.isControl(node.getInput(i))) {
        direct.setInput(i, source(node.getInput(i)));
      }
    }
    return direct.build();
  }

  private String source(String input) {
    String current = input;
    for (int steps = 0; steps < nodes.size(); steps++) {
      TensorId tensor = TensorId.parse(current);
      NodeDef node = nodes.get(tensor.node());
      // One that waits for others by a control edge places its consumers in a branch.
      if (!isPlain(node)) {
        return current;
      }
      if (Ops.isIdentity(node) && tensor.index() < node.getInputCount()) {
        current = node.getInput(tensor.index());
      } else if (isTimesOne(node)) {
        current = node.getInput(isOne(node.getInput(0)) ? 1 : 0);
      } else {
        return current;
      }
    }
    return current;
  }

  /** A swish with its usual factor: that changes no bit. */
  private boolean isTimesOne(NodeDef node) {
    return node.getOp().equals("Mul") && (isOne(node.getInput(0)) || isOne(node.getInput(1)));
  }

  private boolean isOne(String input) {
    NodeDef node = nodes.get(TensorId.nodeOf(input));
    return isPlain(node) && TensorValues.scalarFloat(node).orElse(0f) == 1f;
  }

  List<NodeDef> nodes() {
    return List.copyOf(nodes.values());
  }

  /** The node of that name; empty if it was removed. */
  Optional<NodeDef> find(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** The node whose first output the node takes as data input {@code input}, if it is that. */
  Optional<NodeDef> source(NodeDef node, int input) {
    TensorId tensor = TensorId.parse(node.getInput(input));
    return tensor.index() == 0 ? find(tensor.node()) : Optional.empty();
  }

  /** Whether the node has no control edge that goes in. */
  static boolean isPlain(NodeDef node) {
    return node.getInputList().stream().noneMatch(TensorId::isControl);
  }

  /**
   * Whether the node is {@linkplain #isPlain plain} and computes in {@code float32}. SavedModels
   * leave attributes out that have their default, which for types is that.
   */
  static boolean isPlainFloat(NodeDef node) {
    return isPlain(node)
        && node.getAttrOrDefault(Convolution.TYPE, FLOAT).getType() == DataType.DT_FLOAT;
  }

  boolean isKept(NodeDef node) {
    return kept.contains(node.getName());
  }

  /**
   * The one node that takes the output of the node, where nobody else does: then the output need
   * not exist.
   */
  Optional<NodeDef> onlyConsumer(NodeDef node) {
    List<String> takers = consumers.getOrDefault(node.getName(), List.of());
    if (isKept(node) || takers.size() != 1) {
      return Optional.empty();
    }
    return find(takers.get(0))
        .filter(WorkingGraph::isPlain)
        .filter(taker -> taker.getInputList().contains(node.getName()));
  }

  /** All that take the output of the node, once for each input; none if somebody else does. */
  List<NodeDef> takers(NodeDef node) {
    List<String> takers = consumers.getOrDefault(node.getName(), List.of());
    return isKept(node) ? List.of() : takers.stream().flatMap(name -> find(name).stream()).toList();
  }

  /** Whether a node takes another output of this one than the first. */
  boolean isTakenBeyondFirst(NodeDef node) {
    return consumers.getOrDefault(node.getName(), List.of()).stream()
        .flatMap(taker -> nodes.get(taker).getInputList().stream())
        .filter(input -> !TensorId.isControl(input))
        .map(TensorId::parse)
        .anyMatch(tensor -> tensor.index() > 0 && tensor.node().equals(node.getName()));
  }

  /** Adds a node, or replaces the one of its name. */
  void put(NodeDef node) {
    forgetInputs(nodes.get(node.getName()));
    nodes.put(node.getName(), node);
    for (String input : node.getInputList()) {
      consumers
          .computeIfAbsent(TensorId.nodeOf(input), name -> new ArrayList<>())
          .add(node.getName());
    }
  }

  /** Removes a node that nobody takes any more. */
  void remove(NodeDef node) {
    forgetInputs(nodes.remove(node.getName()));
  }

  private void forgetInputs(NodeDef node) {
    if (node == null) {
      return;
    }
    for (String input : node.getInputList()) {
      List<String> takers = consumers.get(TensorId.nodeOf(input));
      if (takers != null) {
        takers.remove(node.getName());
      }
    }
  }

  GraphDef toGraph() {
    return original.toBuilder().clearNode().addAllNode(nodes.values()).build();
  }
}
