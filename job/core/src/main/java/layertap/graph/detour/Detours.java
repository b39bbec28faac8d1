package layertap.graph.detour;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.optimize.FusedConvolution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Ways around convolutions that run an activation while they write: some of these kernels make
 * numbers of NaN. Who fetches by the detour gets what the ops by themselves compute. Both ways take
 * the same constants, and TensorFlow prepares what runs, and copies constants for it, at the first
 * run that fetches it: a detour that is never taken costs the names of its nodes.
 *
 * <pre>
 *   x ─┬─ _FusedConv2D (BiasAdd, Relu) ─────── tap
 *      └─ _FusedConv2D (BiasAdd) ──── Relu ─── tap/layertap_detour
 * </pre>
 *
 * <p>Immutable.
 */
public final class Detours {
  /** On each convolution that is to have one; it leads on through all that is behind it. */
  private static final String MARK = "_layertap_detour";

  private static final AttrValue TRUE = AttrValue.newBuilder().setB(true).build();
  private static final String SUFFIX = "/layertap_detour";

  /** Names of the nodes that a detour goes around. */
  private final Set<String> around;

  /** Those of a graph of which some nodes are {@linkplain #marked marked}. */
  public Detours(GraphDef graph) {
    List<String> marked =
        graph.getNodeList().stream()
            .filter(node -> node.containsAttr(MARK))
            .map(NodeDef::getName)
            .toList();
    this.around = marked.isEmpty() ? Set.of() : behind(graph, marked);
  }

  /** Those nodes and all that they lead to, by control edges too. */
  private static Set<String> behind(GraphDef graph, List<String> starts) {
    GraphIndex index = new GraphIndex(graph, OpDefinitions.registered());
    boolean[] isReached =
        GraphWalk.of(index)
            .along(index::consumers)
            .along(index::followers)
            .from(index.requireAll(starts));
    return IntStream.range(0, index.size())
        .filter(position -> isReached[position])
        .mapToObj(position -> index.node(position).getName())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The graph with a mark on each convolution that runs an activation; the same object if there is
   * none.
   */
  public static GraphDef marked(GraphDef graph) {
    boolean isAny = false;
    GraphDef.Builder built = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      boolean isOne = FusedConvolution.runsActivation(node);
      built.addNode(isOne ? node.toBuilder().putAttr(MARK, TRUE).build() : node);
      isAny |= isOne;
    }
    return isAny ? built.build() : graph;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return around.isEmpty();
  }

  /**
   * The graph with the detours; its nodes are those that these were made of, or have their names.
   */
  public GraphDef in(GraphDef graph) {
    if (isEmpty()) {
      return graph;
    }
    GraphDef.Builder built = graph.toBuilder();
    for (NodeDef node : graph.getNodeList()) {
      if (around.contains(node.getName())) {
        NodeDef detour = detour(node);
        built.addAllNode(
            node.containsAttr(MARK) ? FusedConvolution.activationApart(detour) : List.of(detour));
      }
    }
    return built.build();
  }

  private NodeDef detour(NodeDef node) {
    NodeDef.Builder built = node.toBuilder().setName(node.getName() + SUFFIX);
    for (int i = 0; i < node.getInputCount(); i++) {
      built.setInput(i, detour(node.getInput(i)));
    }
    return built.build();
  }

  private String detour(String input) {
    String node = TensorId.nodeOf(input);
    if (!around.contains(node)) {
      return input;
    }
    int end = input.indexOf(node) + node.length();
    return input.substring(0, end) + SUFFIX + input.substring(end);
  }

  /** The tensors by the detours, in their order; those that none leads to as they are. */
  public List<TensorId> to(List<TensorId> fetches) {
    return fetches.stream()
        .map(
            fetch ->
                around.contains(fetch.node())
                    ? new TensorId(fetch.node() + SUFFIX, fetch.index())
                    : fetch)
        .toList();
  }
}
