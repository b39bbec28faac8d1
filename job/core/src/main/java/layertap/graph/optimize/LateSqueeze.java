package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import layertap.graph.TensorShape;
import org.tensorflow.proto.NodeDef;

/**
 * Lets what follows a convolution of sequences work on its maps, where the convolution can run it
 * by itself: sequences are maps of a height of one while they are convolved, and lie in several
 * rows of the batch while the window has gaps (tf.nn.conv1d, tf.nn.convolution).
 *
 * <pre>
 *   Conv2D ─ Squeeze ─ BiasAdd ─ Relu     becomes     Conv2D ─ BiasAdd ─ Relu ─ Squeeze
 * </pre>
 */
final class LateSqueeze {
  private static final String ON_MAPS = "/layertap_maps";

  /** Ops of a tensor and a value for each channel, on either side. */
  private static final Set<String> PER_CHANNEL = Set.of("Mul", "Add", "AddV2", "Sub", "BiasAdd");

  private static final Set<String> ACTIVATIONS =
      Set.of("Relu", "Relu6", "Elu", FusedConvolution.LEAKY);

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final MapSizes sizes;

  LateSqueeze(WorkingGraph graph, ConstantTensors constants, MapSizes sizes) {
    this.graph = graph;
    this.constants = constants;
    this.sizes = sizes;
  }

  /** Changes the order where it can; says whether it could. */
  boolean run() {
    boolean isChanged = false;
    for (NodeDef node : graph.nodes()) {
      isChanged |= Convolution.of(node, constants).map(this::runBehind).orElse(false);
    }
    return isChanged;
  }

  private boolean runBehind(Convolution convolution) {
    List<NodeDef> moves = new ArrayList<>();
    NodeDef end = convolution.node();
    int rank = Convolution.RANK;
    Optional<NodeDef> next = graph.onlyConsumer(end);
    while (next.isPresent() && isMove(next.get(), end, rank)) {
      end = next.get();
      moves.add(end);
      rank -= MapSizes.isSqueezeOfPixels(end) ? 1 : 0;
      next = graph.onlyConsumer(end);
    }
    List<NodeDef> steps = new ArrayList<>();
    while (next.isPresent() && isStep(next.get(), end, convolution.channelsOut(), rank)) {
      end = next.get();
      steps.add(end);
      next = graph.onlyConsumer(end);
    }
    if (moves.isEmpty() || steps.isEmpty()) {
      return false;
    }
    exchange(convolution.node(), moves, steps);
    return true;
  }

  /** Whether the node gives the same values for each channel, elsewhere. */
  private boolean isMove(NodeDef node, NodeDef taken, int rank) {
    if (!node.getInput(0).equals(taken.getName())) {
      return false;
    }
    return (rank == Convolution.RANK && MapSizes.isSqueezeOfPixels(node))
        || (node.getOp().equals(MapSizes.BATCH_TO_SPACE) && sizes.isOfAxes(node, rank - 2));
  }

  private boolean isStep(NodeDef node, NodeDef taken, long channels, int rank) {
    if (ACTIVATIONS.contains(node.getOp())) {
      return WorkingGraph.isPlainFloat(node);
    }
    return PER_CHANNEL.contains(node.getOp())
        && node.getAttrOrDefault(Convolution.DATA_FORMAT, AttrValues.text("NHWC"))
            .getS()
            .toStringUtf8()
            .equals("NHWC")
        && node.getInputList().stream()
            .filter(input -> !input.equals(taken.getName()))
            .allMatch(input -> isPerChannel(input, channels, rank));
  }

  private boolean isPerChannel(String input, long channels, int rank) {
    return constants
        .shape(input)
        .filter(TensorShape::isFullyKnown)
        .filter(shape -> !shape.sizes().isEmpty() && shape.sizes().size() <= rank)
        .filter(shape -> shape.sizes().get(shape.sizes().size() - 1) == channels)
        .filter(shape -> shape.elementCount() == channels)
        .isPresent();
  }

  private void exchange(NodeDef convolution, List<NodeDef> moves, List<NodeDef> steps) {
    Stream.concat(moves.stream(), steps.stream()).forEach(graph::remove);
    String end = steps.get(steps.size() - 1).getName();
    String replaced = moves.get(moves.size() - 1).getName();
    String current = convolution.getName();
    for (NodeDef step : steps) {
      NodeDef.Builder early = step.toBuilder().setName(step.getName() + ON_MAPS);
      early.setInput(step.getInputList().indexOf(replaced), current);
      graph.put(early.build());
      current = early.getName();
      replaced = step.getName();
    }
    for (NodeDef move : moves) {
      boolean isLast = move == moves.get(moves.size() - 1);
      NodeDef.Builder late = move.toBuilder().setName(isLast ? end : move.getName() + ON_MAPS);
      graph.put(late.setInput(0, current).build());
      current = late.getName();
    }
  }
}
