package layertap.graph.rewrite;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.ControlFlow;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.SideEffects;
import layertap.graph.TensorId;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Keeps what given tensors need, and nothing else.
 *
 * <p>A control edge is kept if something depends on the order: after an assignment, an assertion,
 * or anywhere in a graph with control flow of TensorFlow 1, where it also tells in which branch or
 * loop a constant lives. All others only keep reads of variables alive.
 */
public final class Pruner {
  /** Ops that wait for others and do nothing themselves. */
  private static final Set<String> HAND_ON = Set.of("NoOp", "Identity", "IdentityN");

  private final GraphIndex graph;
  private final boolean hasFrames;
  private final boolean[] effects;

  private Pruner(GraphIndex graph) {
    this.graph = graph;
    this.hasFrames = graph.graph().getNodeList().stream().anyMatch(ControlFlow::isFrameOrBranch);
    this.effects = effects(graph);
  }

  /** The smallest graph that computes the tensors. */
  public static GraphDef prune(GraphIndex graph, Collection<TensorId> fetches) {
    return new Pruner(graph).prune(fetches);
  }

  private GraphDef prune(Collection<TensorId> fetches) {
    boolean[] kept = new boolean[graph.size()];
    Deque<Integer> waiting = new ArrayDeque<>();
    for (TensorId fetch : fetches) {
      keep(graph.require(fetch.node()), kept, waiting);
    }
    while (!waiting.isEmpty()) {
      int position = waiting.remove();
      for (int source : graph.sources(position)) {
        keep(source, kept, waiting);
      }
      for (int control : graph.controls(position)) {
        if (orders(control)) {
          keep(control, kept, waiting);
        }
      }
    }
    return select(kept);
  }

  private static void keep(int position, boolean[] kept, Deque<Integer> waiting) {
    if (!kept[position]) {
      kept[position] = true;
      waiting.add(position);
    }
  }

  private GraphDef select(boolean[] kept) {
    List<NodeDef> nodes = new ArrayList<>();
    for (int i = 0; i < graph.size(); i++) {
      if (kept[i]) {
        nodes.add(withoutLooseControls(graph.node(i)));
      }
    }
    return GraphDef.newBuilder()
        .setVersions(graph.graph().getVersions())
        .addAllNode(nodes)
        .setLibrary(new FunctionLibrary(graph.graph().getLibrary()).reachableFrom(nodes))
        .build();
  }

  private NodeDef withoutLooseControls(NodeDef node) {
    List<String> inputs = new ArrayList<>(node.getInputCount());
    for (String input : node.getInputList()) {
      if (!TensorId.isControl(input) || orders(graph.require(TensorId.nodeOf(input)))) {
        inputs.add(input);
      }
    }
    return inputs.size() == node.getInputCount()
        ? node
        : node.toBuilder().clearInput().addAllInput(inputs).build();
  }

  /** Whether it matters to others that the node has run before. */
  private boolean orders(int position) {
    return hasFrames || effects[position];
  }

  /** Marks the nodes that change something, and those that only wait for such. */
  private static boolean[] effects(GraphIndex graph) {
    SideEffects sideEffects = new SideEffects(graph.graph().getLibrary(), graph.ops());
    boolean[] effects = new boolean[graph.size()];
    Map<Integer, List<Integer>> waiting = new HashMap<>();
    Deque<Integer> found = new ArrayDeque<>();
    for (int i = 0; i < graph.size(); i++) {
      if (sideEffects.changesState(graph.node(i))) {
        effects[i] = true;
        found.add(i);
      } else if (HAND_ON.contains(graph.node(i).getOp())) {
        for (int[] before : List.of(graph.sources(i), graph.controls(i))) {
          for (int source : before) {
            waiting.computeIfAbsent(source, key -> new ArrayList<>()).add(i);
          }
        }
      }
    }
    while (!found.isEmpty()) {
      for (int next : waiting.getOrDefault(found.remove(), List.of())) {
        if (!effects[next]) {
          effects[next] = true;
          found.add(next);
        }
      }
    }
    return effects;
  }
}
