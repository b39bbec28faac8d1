package layertap.graph.rewrite;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Computes once what depends on streamed values alone, such as weights times a scale or in fewer
 * bits. Of constants TensorFlow does that by itself; a variable it reads anew in each run.
 *
 * <pre>
 *   ReadVariableOp w ─▶ Cast c ─▶ Conv2D     becomes     VarHandleOp ─▶ ReadVariableOp c ─▶ Conv2D
 *                                                           └▶ AssignVariableOp ◀─ Cast ◀─ w
 * </pre>
 *
 * <p>Values that nothing else takes are freed.
 */
public final class ComputedOnce {
  private static final Set<String> COMPUTING =
      Set.of("Add", "AddV2", "Cast", "Mul", "Neg", "RealDiv", "Rsqrt", "Sqrt", "Sub");

  /** To do these anew in each run costs nothing. */
  private static final Set<String> MOVING = Set.of("ExpandDims", "Identity", "Reshape", "Squeeze");

  private static final String VARIABLE = "/layertap_computed";
  private static final String ASSIGNMENT = "/layertap_assignment";

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, Boolean> known = new HashMap<>();
  private final Map<String, Boolean> dependent = new HashMap<>();
  private final NodeDefs added = new NodeDefs("");
  private final List<NodeDef> computing = new ArrayList<>();
  private final List<String> targets = new ArrayList<>();
  private final Set<String> streamed;
  private final GraphDef graph;

  /**
   * Looks at a graph.
   *
   * @param streamed names of nodes that read streamed variables
   * @param fetched names of nodes whose values somebody else takes
   */
  public ComputedOnce(GraphDef given, Set<String> streamed, Set<String> fetched) {
    this.streamed = streamed;
    given.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Set<String> inRuns = takenInRuns(given, fetched);
    Set<String> results = new LinkedHashSet<>();
    for (NodeDef node : given.getNodeList()) {
      if (inRuns.contains(node.getName()) && isComputed(node.getName())) {
        results.add(node.getName());
      }
    }
    GraphDef.Builder open = given.toBuilder();
    for (NodeDef.Builder node : open.getNodeBuilderList()) {
      if (results.contains(node.getName())) {
        arrange(node);
      }
    }
    order(results, inRuns);
    this.graph = open.addAllNode(computing).addAllNode(added.nodes()).build();
  }

  /** What is taken with each batch: by nodes that are no results, and through moves. */
  private Set<String> takenInRuns(GraphDef given, Set<String> fetched) {
    Set<String> taken = new HashSet<>();
    given.getNodeList().forEach(node -> taken.addAll(sources(node)));
    Deque<String> run = new ArrayDeque<>();
    for (NodeDef node : given.getNodeList()) {
      String name = node.getName();
      if (!isOfValues(name) || !taken.contains(name) || fetched.contains(name)) {
        run.add(name);
      }
    }
    Set<String> inRuns = new HashSet<>(fetched);
    while (!run.isEmpty()) {
      String name = run.remove();
      boolean isResult = isComputed(name) && inRuns.contains(name);
      if (!isResult) {
        sources(nodes.get(name)).stream()
            .filter(inRuns::add)
            .filter(this::isOfValues)
            .forEach(run::add);
      }
    }
    return inRuns;
  }

  private static List<String> sources(NodeDef node) {
    return node.getInputList().stream().map(TensorId::nodeOf).toList();
  }

  /** Each result after those that it takes, and values freed once the last one has taken them. */
  private void order(Set<String> results, Set<String> inRuns) {
    Map<String, Set<String>> needed = new LinkedHashMap<>();
    results.forEach(result -> need(result, results, needed));
    Map<String, String> lastTaker = new HashMap<>();
    needed.forEach((result, values) -> values.forEach(value -> lastTaker.put(value, result)));
    needed.forEach(
        (result, values) -> {
          targets.add(result + VARIABLE + ASSIGNMENT);
          values.stream()
              .filter(value -> lastTaker.get(value).equals(result) && !inRuns.contains(value))
              .forEach(value -> release(nodes.get(value).getInput(0)));
        });
  }

  /** Adds the streamed values that a result takes, after those of results that it takes. */
  private void need(String result, Set<String> results, Map<String, Set<String>> needed) {
    if (needed.containsKey(result)) {
      return;
    }
    Set<String> values = new LinkedHashSet<>();
    Deque<String> waiting = new ArrayDeque<>(nodes.get(result).getInputList());
    while (!waiting.isEmpty()) {
      String name = TensorId.nodeOf(waiting.remove());
      if (streamed.contains(name)) {
        values.add(name);
      } else if (results.contains(name)) {
        need(name, results, needed);
      } else {
        waiting.addAll(nodes.get(name).getInputList());
      }
    }
    needed.put(result, values);
  }

  /** Whether a node computes something from streamed values and constants alone. */
  private boolean isComputed(String name) {
    return COMPUTING.contains(nodes.get(name).getOp())
        && isOfValues(name)
        && dependsOnStreamed(name);
  }

  private boolean isOfValues(String name) {
    Boolean before = known.get(name);
    if (before != null) {
      return before;
    }
    NodeDef node = nodes.get(name);
    known.put(name, false);
    boolean isIt =
        streamed.contains(name)
            || (node.getOp().equals("Const") && node.getInputCount() == 0)
            || ((COMPUTING.contains(node.getOp()) || MOVING.contains(node.getOp()))
                && node.getInputList().stream()
                    .allMatch(
                        input -> !TensorId.isControl(input) && isOfValues(TensorId.nodeOf(input))));
    known.put(name, isIt);
    return isIt;
  }

  private boolean dependsOnStreamed(String name) {
    Boolean before = dependent.get(name);
    if (before == null) {
      before =
          streamed.contains(name)
              || sources(nodes.get(name)).stream().anyMatch(this::dependsOnStreamed);
      dependent.put(name, before);
    }
    return before;
  }

  private void arrange(NodeDef.Builder node) {
    String name = node.getName();
    String variable = name + VARIABLE;
    DataType dtype = node.getAttrOrThrow(node.getOp().equals("Cast") ? "DstT" : "T").getType();
    TensorId handle =
        added
            .node("VarHandleOp", variable)
            .attribute("dtype", dtype)
            .attribute("shape", TensorShape.unknown())
            .attribute("shared_name", variable)
            .add();
    TensorId value = new TensorId(name + "/layertap_computing", 0);
    computing.add(node.build().toBuilder().setName(value.node()).build());
    added
        .node("AssignVariableOp", variable + ASSIGNMENT, handle, value)
        .attribute("dtype", dtype)
        .add();
    node.clear()
        .setName(name)
        .setOp("ReadVariableOp")
        .addInput(handle.asInput())
        .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build());
  }

  private void release(String handle) {
    String release = handle + "/layertap_release";
    added.node("DestroyResourceOp", release, TensorId.parse(handle)).add();
    targets.add(release);
  }

  /** The graph with the places for what is computed. */
  public GraphDef graph() {
    return graph;
  }

  /**
   * What to run, one after the other, once the streamed values are there: each computes one result,
   * or frees what is not needed any more.
   */
  public List<String> targets() {
    return List.copyOf(targets);
  }
}
