package layertap.graph.differentiate.equivalent;

import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Numbers rounded to the steps of a range, as training for quantized inference has them, and as
 * Python differentiates them: as if what lies in the range were not rounded.
 *
 * <pre>
 *   x, min, max ─▶ smallest and largest step, of which one is zero ─▶ x between both
 * </pre>
 */
final class Quantization {
  private static final AttrValue EIGHT_BITS = AttrValue.newBuilder().setI(8).build();
  private static final float DEFAULT_LIMIT = 6;

  private final NodeDef node;
  private final TensorId x;
  private final NodeDefs nodes;

  private Quantization(NodeDef node, TensorId x, NodeDefs nodes) {
    this.node = node;
    this.x = x;
    this.nodes = nodes;
  }

  /**
   * Of a {@code QuantizeAndDequantizeV4}, whose gradient in C++ cannot be built (array_grad.cc);
   * none if each of its channels has a range of its own.
   */
  static Optional<TensorId> clipped(GraphIndex graph, int position, NodeDefs nodes) {
    NodeDef node = graph.node(position);
    if (node.containsAttr("axis") && node.getAttrOrThrow("axis").getI() != -1) {
      return Optional.empty();
    }
    TensorId[] inputs = graph.inputTensors(position).subList(0, 3).toArray(TensorId[]::new);
    DataType dtype = graph.type(inputs[0]);
    return Optional.of(nodes.node("ClipByValue", "clipped", inputs).attribute("T", dtype).add());
  }

  /** Of one of the {@code FakeQuantWithMinMax} ops. */
  static TensorId between(GraphIndex graph, int position, NodeDefs nodes) {
    NodeDef node = graph.node(position);
    TensorId x = graph.inputTensor(position, 0);
    Quantization quantization = new Quantization(node, x, nodes);
    return node.getOp().equals("FakeQuantWithMinMaxArgs")
        ? quantization.between(
            nodes.scalar("min", quantization.limit("min", -DEFAULT_LIMIT)),
            nodes.scalar("max", quantization.limit("max", DEFAULT_LIMIT)))
        : quantization.between(graph.inputTensor(position, 1), graph.inputTensor(position, 2));
  }

  private float limit(String name, float otherwise) {
    return node.containsAttr(name) ? node.getAttrOrThrow(name).getF() : otherwise;
  }

  /** The range is moved until zero is a step, as the kernel does (fake_quant_ops_functor.h). */
  private TensorId between(TensorId min, TensorId max) {
    long bits = node.getAttrOrDefault("num_bits", EIGHT_BITS).getI();
    boolean isNarrow = node.getAttrOrDefault("narrow_range", AttrValue.getDefaultInstance()).getB();
    float first = isNarrow ? 1 : 0;
    float last = (1L << bits) - 1;
    TensorId start = nodes.scalar("start", first);
    TensorId end = nodes.scalar("end", last);
    TensorId range = of("Sub", "range", max, min);
    TensorId scale = of("RealDiv", "scale", range, nodes.scalar("steps", last - first));
    TensorId open = of("Sub", "open_zero", start, of("RealDiv", "steps_of_min", min, scale));
    TensorId rounded =
        of("Floor", "rounded", of("AddV2", "raised", open, nodes.scalar("half", .5f)));
    TensorId zero = of("Minimum", "zero", of("Maximum", "zero_from_start", rounded, start), end);
    TensorId smallest = of("Mul", "smallest", of("Sub", "below_zero", start, zero), scale);
    TensorId largest = of("Mul", "largest", of("Sub", "above_zero", end, zero), scale);
    TensorId raised = of("Maximum", "from_smallest", x, movedWith(min, "min", smallest));
    return of("Minimum", "to_largest", raised, movedWith(max, "max", largest));
  }

  /** The value, whose derivative by the given end of the range is one, as the kernel has it. */
  private TensorId movedWith(TensorId end, String name, TensorId value) {
    TensorId none = of("Sub", name + "_less_itself", end, of("StopGradient", name + "_fixed", end));
    return of("AddV2", name + "_moved", of("StopGradient", name + "_step", value), none);
  }

  private TensorId of(String op, String name, TensorId... inputs) {
    return nodes.node(op, name, inputs).attribute("T", DataType.DT_FLOAT).add();
  }
}
