package layertap.graph.precision;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Lets products, and the cheap ops between them, compute in {@code bfloat16}.
 *
 * <pre>
 *   x ─ Conv2D ─ Relu ─ Mean     becomes     x ─ Cast ─ Conv2D ─ Relu ─ Cast ─ Mean
 *          │                                               │
 *          W                                           W ─ Cast
 * </pre>
 *
 * <p>Whatever is fed or fetched stays {@code float32}. Fused convolutions stay fused, see {@link
 * layertap.graph.optimize.FusedOps#forKernels}: an activation by itself takes longer in {@code
 * bfloat16} than the product before it. TensorFlow's own pass (grappler's automatic mixed
 * precision) leaves fused ones as they are, and depthwise ones, too, before and after each of which
 * it converts.
 */
public final class BFloat16Rewrite {
  private static final String COMPUTED = "/layertap_bfloat16";
  private static final String CONVERTED = "/layertap_to_bfloat16_";

  private final GraphDef graph;
  private final Set<String> kept;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, Boolean> constants = new HashMap<>();
  private final NodeDefs casts = new NodeDefs("");
  private final Map<TensorId, TensorId> converted = new LinkedHashMap<>();

  private BFloat16Rewrite(GraphDef graph, Set<String> kept) {
    this.graph = graph;
    this.kept = kept;
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * The graph that computes in fewer bits; the same object if it has no product.
   *
   * @param graph frozen and flat; what functions do stays as it is
   * @param kept names of nodes whose outputs are taken from outside: they give {@code float32} as
   *     before
   */
  public static GraphDef rewrite(GraphDef graph, Set<String> kept) {
    return new BFloat16Rewrite(graph, kept).rewritten();
  }

  private GraphDef rewritten() {
    Set<String> reduced = reduced();
    if (reduced.isEmpty()) {
      return graph;
    }
    Set<String> wanted = wantedInFloat32(reduced);
    List<NodeDef> all = new ArrayList<>();
    for (NodeDef node : graph.getNodeList()) {
      if (!reduced.contains(node.getName())) {
        all.add(node);
        continue;
      }
      all.add(inFewerBits(node, reduced));
      if (wanted.contains(node.getName())) {
        casts.cast(
            node.getName(),
            new TensorId(node.getName() + COMPUTED, 0),
            DataType.DT_BFLOAT16,
            DataType.DT_FLOAT);
      }
    }
    all.addAll(casts.nodes());
    return graph.toBuilder().clearNode().addAllNode(all).build();
  }

  /** Products, and what takes values from such nodes and from constants alone. */
  private Set<String> reduced() {
    Map<String, List<NodeDef>> takers = new HashMap<>();
    Set<String> reduced = new HashSet<>();
    Deque<String> waiting = new ArrayDeque<>();
    for (NodeDef node : graph.getNodeList()) {
      node.getInputList()
          .forEach(
              input ->
                  takers
                      .computeIfAbsent(TensorId.nodeOf(input), name -> new ArrayList<>())
                      .add(node));
      if (BFloat16Ops.isProduct(node) && !isConstant(node.getName(), new HashSet<>())) {
        reduced.add(node.getName());
        waiting.add(node.getName());
      }
    }
    while (!waiting.isEmpty()) {
      for (NodeDef taker : takers.getOrDefault(waiting.remove(), List.of())) {
        if (BFloat16Ops.isBesideProducts(taker)
            && isOf(taker, reduced)
            && reduced.add(taker.getName())) {
          waiting.add(taker.getName());
        }
      }
    }
    return reduced;
  }

  private boolean isOf(NodeDef taker, Set<String> reduced) {
    List<String> values = BFloat16Ops.values(taker).stream().map(TensorId::nodeOf).toList();
    return values.stream().anyMatch(reduced::contains)
        && values.stream()
            .allMatch(name -> reduced.contains(name) || isConstant(name, new HashSet<>()));
  }

  /** Whether a node depends on nothing that is fed; TensorFlow computes such nodes once. */
  private boolean isConstant(String name, Set<String> above) {
    Boolean known = constants.get(name);
    if (known != null) {
      return known;
    }
    NodeDef node = nodes.get(name);
    boolean isIt =
        Ops.isConstant(node)
            || (node.getInputCount() > 0
                && above.add(name)
                && BFloat16Ops.isOfConstants(node)
                && node.getInputList().stream()
                    .allMatch(input -> isConstant(TensorId.nodeOf(input), above)));
    constants.put(name, isIt);
    return isIt;
  }

  private Set<String> wantedInFloat32(Set<String> reduced) {
    Set<String> wanted = new HashSet<>(kept);
    for (NodeDef node : graph.getNodeList()) {
      List<String> values = reduced.contains(node.getName()) ? BFloat16Ops.values(node) : List.of();
      for (String input : node.getInputList()) {
        if (!values.contains(input)) {
          wanted.add(TensorId.nodeOf(input));
        }
      }
    }
    return wanted;
  }

  private NodeDef inFewerBits(NodeDef node, Set<String> reduced) {
    AttrValue type = AttrValue.newBuilder().setType(DataType.DT_BFLOAT16).build();
    NodeDef.Builder built =
        node.toBuilder().setName(node.getName() + COMPUTED).putAttr(BFloat16Ops.TYPE, type);
    List<String> values = BFloat16Ops.values(node);
    for (int i = 0; i < values.size(); i++) {
      TensorId value = TensorId.parse(values.get(i));
      built.setInput(
          i,
          reduced.contains(value.node())
              ? value.node() + COMPUTED
              : converted.computeIfAbsent(value, this::cast).asInput());
    }
    return built.build();
  }

  private TensorId cast(TensorId value) {
    return casts.cast(
        value.node() + CONVERTED + value.index(), value, DataType.DT_FLOAT, DataType.DT_BFLOAT16);
  }
}
