package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.proto.NodeDef;

/**
 * A value times a function of itself, in one pass over it instead of several: swish, which is x ·
 * sigmoid(x), and mish, x · tanh(ln(1 + exp(x))). oneDNN alone has kernels for it (TensorFlow's
 * mkl_swish_op.cc, mkl_fused_mish_op.cc); infinities, and what is not a number, go through them as
 * through the single ops.
 *
 * <pre>
 *   x ─┬─ Sigmoid ─ Mul     becomes     x ─ _MklSwish
 *      └────────────┘
 * </pre>
 */
public final class SelfGate {
  private static final List<SelfGate> ALL =
      List.of(
          new SelfGate("_MklSwish", "Sigmoid"), new SelfGate("_MklFusedMish", "Softplus", "Tanh"));

  private static final Set<String> OPS =
      ALL.stream().map(gate -> gate.op).collect(Collectors.toUnmodifiableSet());

  private final String op;
  private final List<String> steps;

  /** The fused op, and those that compute of a value what it is multiplied with. */
  private SelfGate(String op, String... steps) {
    this.op = op;
    this.steps = List.of(steps);
  }

  /** The fused ops. */
  public static Set<String> ops() {
    return OPS;
  }

  /** The one that the node is, if it is one. */
  static Optional<SelfGate> of(NodeDef node) {
    return ALL.stream().filter(gate -> gate.op.equals(node.getOp())).findAny();
  }

  /** Fuses all that there are; says whether there was one. */
  static boolean fuseAll(WorkingGraph graph) {
    boolean isChanged = false;
    for (SelfGate gate : ALL) {
      for (NodeDef node : graph.nodes()) {
        isChanged |= gate.fuse(graph, node);
      }
    }
    return isChanged;
  }

  /** Fuses what begins with that node; says whether it is one and its values of no other use. */
  private boolean fuse(WorkingGraph graph, NodeDef first) {
    List<NodeDef> chain = new ArrayList<>();
    Optional<NodeDef> next = Optional.of(first);
    for (String step : steps) {
      next = next.filter(node -> node.getOp().equals(step) && WorkingGraph.isPlainFloat(node));
      if (next.isEmpty()) {
        return false;
      }
      chain.add(next.get());
      next = graph.onlyConsumer(next.get());
    }
    String value = first.getInput(0);
    String gate = chain.get(chain.size() - 1).getName();
    Optional<NodeDef> product = next.filter(node -> isProduct(node, value, gate));
    product.ifPresent(
        node -> {
          graph.put(node.toBuilder().setOp(op).clearInput().addInput(value).build());
          Collections.reverse(chain);
          chain.forEach(graph::remove);
        });
    return product.isPresent();
  }

  private static boolean isProduct(NodeDef node, String value, String gate) {
    return node.getOp().equals("Mul")
        && node.getInputList().contains(value)
        && node.getInputList().contains(gate);
  }

  /** The single ops, of which the last one has the node's name. */
  List<NodeDef> apart(NodeDef node) {
    List<NodeDef> nodes = new ArrayList<>();
    String value = node.getInput(0);
    String gate = value;
    for (String step : steps) {
      String name = "%s/%s".formatted(node.getName(), step.toLowerCase(Locale.ROOT));
      nodes.add(node.toBuilder().setOp(step).setName(name).setInput(0, gate).build());
      gate = name;
    }
    nodes.add(node.toBuilder().setOp("Mul").addInput(gate).build());
    return nodes;
  }
}
