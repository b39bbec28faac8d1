package layertap.graph.rewrite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Ops;
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
  private final GraphIndex graph;
  private final boolean hasFrames;
  private final boolean[] effects;

  private Pruner(GraphIndex graph) {
    this.graph = graph;
    this.hasFrames = graph.graph().getNodeList().stream().anyMatch(Ops::isFrameOrBranch);
    this.effects = effects(graph);
  }

  /** The smallest graph that computes the tensors. */
  public static GraphDef prune(GraphIndex graph, Collection<TensorId> fetches) {
    return new Pruner(graph).prune(fetches);
  }

  private GraphDef prune(Collection<TensorId> fetches) {
    int[] ends = fetches.stream().mapToInt(fetch -> graph.require(fetch.node())).toArray();
    return select(
        GraphWalk.of(graph).along(graph::sources).along(graph::controls, this::orders).from(ends));
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
    int[] changing =
        IntStream.range(0, graph.size())
            .filter(position -> sideEffects.changesState(graph.node(position)))
            .toArray();
    return GraphWalk.of(graph)
        .along(graph::consumers, position -> Ops.waits(graph.node(position)))
        .along(graph::followers, position -> Ops.waits(graph.node(position)))
        .from(changing);
  }
}
