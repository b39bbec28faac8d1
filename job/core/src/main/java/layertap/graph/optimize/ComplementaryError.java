package layertap.graph.optimize;

import java.util.Optional;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * The complementary error function of GELU, as newer TensorFlow writes it, by the error function:
 * TensorFlow 2.18's kernel of the one calls the C library for each value, that of the other
 * computes a register of them at once, which is some ten times as fast. That function is odd, so a
 * change of sign before it is one behind it.
 *
 * <pre>
 *   x ─ Neg ─ Mul ─ Erfc ─ Mul     becomes     x ─ Mul ─ Erf ─ AddV2 ─ Mul
 *              c                                    c     1 ──┘
 * </pre>
 *
 * <p>The sum is rounded to 2^-24 of one, not of what is left: that is lost in a product with the
 * value itself, but would not be in a logarithm.
 */
final class ComplementaryError {
  private static final Set<String> SCALING = Set.of("Mul", "RealDiv");

  private ComplementaryError() {}

  /** Replaces all that are multiplied at once; says whether there was one. */
  static boolean replaceAll(WorkingGraph graph) {
    boolean isChanged = false;
    for (NodeDef node : graph.nodes()) {
      if (isReplaceable(graph, node)) {
        replace(graph, node);
        isChanged = true;
      }
    }
    return isChanged;
  }

  private static boolean isReplaceable(WorkingGraph graph, NodeDef node) {
    return node.getOp().equals("Erfc")
        && WorkingGraph.isPlainFloat(node)
        && graph.onlyConsumer(node).filter(taker -> taker.getOp().equals("Mul")).isPresent();
  }

  private static void replace(WorkingGraph graph, NodeDef node) {
    boolean isTurned = turnSign(graph, node);
    NodeDefs parts = new NodeDefs(node.getName() + "/layertap_");
    TensorId one = parts.scalar("one", 1f);
    TensorId error =
        parts
            .node("Erf", "erf", TensorId.parse(node.getInput(0)))
            .attribute(Convolution.TYPE, DataType.DT_FLOAT)
            .add();
    parts.nodes().forEach(graph::put);
    graph.put(
        node.toBuilder()
            .setOp(isTurned ? "AddV2" : "Sub")
            .clearInput()
            .addInput(one.asInput())
            .addInput(error.asInput())
            .build());
  }

  /** Takes a change of sign away from what the node alone takes; says whether there was one. */
  private static boolean turnSign(WorkingGraph graph, NodeDef node) {
    Optional<NodeDef> scaled =
        graph.source(node, 0).filter(source -> SCALING.contains(source.getOp()));
    if (scaled.isEmpty() || graph.onlyConsumer(scaled.get()).isEmpty()) {
      return false;
    }
    for (int i = 0; i < 2; i++) {
      Optional<NodeDef> negative =
          graph
              .source(scaled.get(), i)
              .filter(source -> source.getOp().equals("Neg") && WorkingGraph.isPlain(source))
              .filter(source -> graph.onlyConsumer(source).isPresent());
      if (negative.isPresent()) {
        String value = negative.get().getInput(0);
        graph.put(scaled.get().toBuilder().setInput(i, value).build());
        graph.remove(negative.get());
        return true;
      }
    }
    return false;
  }
}
