package layertap.graph.optimize;

import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Multiplies the scale that follows a convolution into its weights, and lets the convolution add
 * the shift and run the activation while it writes its output.
 */
final class ConvolutionFolding {
  /** Activations that all kernels run while they write. */
  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6", "Elu");

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final MapSizes sizes;
  private final Predicate<NodeDef> isFinite;

  /**
   * Looks at a graph.
   *
   * @param isFinite whether a node takes finite numbers only; else no activation is fused: some
   *     kernels lose what is not a number
   */
  ConvolutionFolding(
      WorkingGraph graph, ConstantTensors constants, MapSizes sizes, Predicate<NodeDef> isFinite) {
    this.graph = graph;
    this.constants = constants;
    this.sizes = sizes;
    this.isFinite = isFinite;
  }

  /** Folds what can be; says whether anything could. */
  boolean run() {
    return Convolution.changeAll(graph, constants, this::fold);
  }

  private boolean fold(Convolution convolution) {
    NodeDef node = convolution.node();
    ChannelMath math =
        new ChannelMath(node.getName() + "/layertap_folded/", convolution.channelsOut());
    AffineChain chain = new AffineChain(graph, constants, node, convolution.channelsOut(), math);
    if (chain.links().isEmpty()) {
      return false;
    }
    String weights =
        chain
            .scale()
            .map(scale -> math.product(node.getInput(1), perWeight(convolution, scale, math)))
            .orElse(node.getInput(1));
    math.addTo(graph);
    graph.remove(node);
    chain.links().forEach(graph::remove);
    NodeDef scaled = node.toBuilder().setInput(1, weights).build();
    if (chain.shift().isEmpty()) {
      graph.put(scaled.toBuilder().setName(chain.end().getName()).build());
    } else if (isFusible(convolution)) {
      fuse(convolution, weights, chain.shift().get(), chain.end());
    } else {
      graph.put(scaled);
      graph.put(biasAdd(chain.end().getName(), node.getName(), chain.shift().get()));
    }
    return true;
  }

  private static String perWeight(Convolution convolution, String scale, ChannelMath math) {
    if (!convolution.isDepthwise()) {
      return scale;
    }
    int in = Math.toIntExact(convolution.channelsIn());
    return math.reshaped(scale, in, Math.toIntExact(convolution.channelsOut()) / in);
  }

  /**
   * The fused kernels take neither gaps in their window nor groups of channels, and the depthwise
   * one no padding that is spelled out.
   */
  private boolean isFusible(Convolution convolution) {
    return convolution.isDense()
        && !(convolution.isDepthwise() && convolution.padding().equals(Convolution.EXPLICIT))
        && sizes.of(convolution.node().getInput(0)).get(MapSizes.CHANNELS)
            == convolution.channelsIn();
  }

  private void fuse(Convolution convolution, String weights, String bias, NodeDef end) {
    boolean mayRunMore = isFinite.test(convolution.node());
    Optional<NodeDef> activation =
        graph.onlyConsumer(end).filter(next -> mayRunMore && isRunIn(convolution, next.getOp()));
    Optional<SelfGate.Found> gate =
        mayRunMore ? SelfGate.behind(graph, end, convolution.isDepthwise()) : Optional.empty();
    activation.ifPresent(graph::remove);
    NodeDef sum = FusedConvolution.of(convolution, end.getName(), weights, bias);
    graph.put(
        gate.map(found -> FusedConvolution.with(sum, found.inConvolution(), found.end()))
            .or(() -> activation.map(next -> FusedConvolution.with(sum, next.getOp(), next)))
            .orElse(sum));
    gate.ifPresent(found -> found.removeInside(graph));
  }

  /** Whether kernels run the activation while they write. */
  static boolean isRunIn(Convolution convolution, String activation) {
    return ACTIVATIONS.contains(activation)
        || (activation.equals(FusedConvolution.LEAKY) && !convolution.isDepthwise());
  }

  private static NodeDef biasAdd(String name, String value, String bias) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("BiasAdd")
        .addInput(value)
        .addInput(bias)
        .putAttr("T", AttrValues.type(DataType.DT_FLOAT))
        .build();
  }
}
