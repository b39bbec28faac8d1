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
 * value itself, but would not be in a logarithm, and of the function alone one may be taken.
 */
final class ComplementaryError {
  private static final Set<String> SCALING = Set.of("Mul", "RealDiv");
  private static final Set<String> AFFINE = Set.of("Add", "AddV2", "Mul", "Neg", "RealDiv", "Sub");

  private static final Set<String> MAGNIFYING =
      Set.of("Inv", "Log", "RealDiv", "Reciprocal", "Rsqrt", "Sqrt");

  private static final int MOST_STEPS = 20;

  private final WorkingGraph graph;
  private final ConstantTensors constants;

  ComplementaryError(WorkingGraph graph, ConstantTensors constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /** Replaces each whose only use is a product with a multiple of what it takes. */
  boolean run() {
    boolean isChanged = false;
    for (NodeDef node : graph.nodes()) {
      if (isReplaceable(node)) {
        replace(node);
        isChanged = true;
      }
    }
    return isChanged;
  }

  private boolean isReplaceable(NodeDef node) {
    return node.getOp().equals("Erfc")
        && WorkingGraph.isPlainFloat(node)
        && isTimesValue(node, unscaled(node.getInput(0)));
  }

  /** Whether all that is taken of the node is its product with a multiple of the value. */
  private boolean isTimesValue(NodeDef node, String value) {
    Optional<NodeDef> product =
        graph.onlyConsumer(node).filter(taker -> taker.getOp().equals("Mul"));
    if (product.isEmpty()) {
      return false;
    }
    String other = product.get().getInput(product.get().getInput(0).equals(node.getName()) ? 1 : 0);
    return isVarying(other)
        ? unscaled(other).equals(value) && !isMagnified(product.get())
        : isTimesValue(product.get(), value);
  }

  /** Whether small numbers are told apart behind the node. */
  private boolean isMagnified(NodeDef node) {
    return graph.takers(node).stream().anyMatch(taker -> MAGNIFYING.contains(taker.getOp()));
  }

  /** The tensor of which the tensor is a constant multiple or a sum with a constant. */
  private String unscaled(String tensor) {
    String current = tensor;
    Optional<String> next = Optional.of(tensor);
    for (int step = 0; step < MOST_STEPS && next.isPresent(); step++) {
      current = next.get();
      next = operand(current);
    }
    return current;
  }

  /** What an op of constants and one tensor that is none takes. */
  private Optional<String> operand(String tensor) {
    TensorId output = TensorId.parse(tensor);
    return graph
        .find(output.node())
        .filter(node -> output.index() == 0 && AFFINE.contains(node.getOp()))
        .filter(node -> !node.getOp().equals("RealDiv") || !isVarying(node.getInput(1)))
        .map(node -> node.getInputList().stream().filter(this::isVarying).toList())
        .filter(varying -> varying.size() == 1)
        .map(varying -> varying.get(0));
  }

  private boolean isVarying(String input) {
    return !TensorId.isControl(input) && constants.shape(input).isEmpty();
  }

  private void replace(NodeDef node) {
    boolean isTurned = turnSign(node);
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
  private boolean turnSign(NodeDef node) {
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
