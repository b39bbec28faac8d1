package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.tensorflow.proto.NodeDef;

/**
 * Lets a bias, a batch normalisation and an activation of sequences follow their convolution at
 * once, which then can do them itself: sequences are maps of a height of one while they are
 * convolved, and lie in several rows of the batch while the window has gaps (tf.nn.conv1d,
 * tf.nn.convolution).
 *
 * <pre>
 *   Conv2D ─ Squeeze ─ BiasAdd ─ Relu     becomes     Conv2D ─ BiasAdd ─ Relu ─ Squeeze
 * </pre>
 */
final class LateSqueeze {
  private static final String ON_MAPS = "/layertap_maps";

  /** Ops of a tensor and a value for each channel, on either side. */
  private static final Set<String> SYMMETRIC = Set.of("Mul", "Add", "AddV2", "BiasAdd");

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final MapSizes sizes;
  private final Predicate<NodeDef> isFinite;

  /**
   * Looks at a graph.
   *
   * @param isFinite which convolutions may run an activation, see {@link ConvolutionFolding}
   */
  LateSqueeze(
      WorkingGraph graph, ConstantTensors constants, MapSizes sizes, Predicate<NodeDef> isFinite) {
    this.graph = graph;
    this.constants = constants;
    this.sizes = sizes;
    this.isFinite = isFinite;
  }

  /** Changes the order where it can; says whether it could. */
  boolean run() {
    return Convolution.changeAll(graph, constants, this::runBehind);
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
    if (moves.isEmpty()) {
      return false;
    }
    List<NodeDef> steps = new ArrayList<>();
    while (next.isPresent() && isPerChannel(next.get(), end, convolution.channelsOut(), rank)) {
      end = next.get();
      steps.add(end);
      next = graph.onlyConsumer(end);
    }
    if (steps.isEmpty()) {
      return false;
    }
    next.filter(
            node ->
                isFinite.test(convolution.node())
                    && ConvolutionFolding.isRunIn(convolution, node.getOp()))
        .ifPresent(steps::add);
    exchange(convolution.node(), moves, steps);
    return true;
  }

  /** Whether the node only moves pixels, or leaves some out, and no channels. */
  private boolean isMove(NodeDef node, NodeDef taken, int rank) {
    if (!node.getInput(0).equals(taken.getName())) {
      return false;
    }
    return (rank == Convolution.RANK && MapSizes.isSqueezeOfPixels(node))
        || (node.getOp().equals(MapSizes.BATCH_TO_SPACE) && sizes.isMoveOf(node, rank - 2));
  }

  /** Whether the node scales or shifts each channel of what it takes. */
  private boolean isPerChannel(NodeDef node, NodeDef taken, long channels, int rank) {
    boolean isTakenFirst = node.getInput(0).equals(taken.getName());
    boolean isOurs =
        SYMMETRIC.contains(node.getOp()) || (node.getOp().equals("Sub") && isTakenFirst);
    return isOurs
        && Convolution.isChannelsLast(node)
        && constants.perChannel(node.getInput(isTakenFirst ? 1 : 0), channels, rank).isPresent();
  }

  /** Puts the steps, which are nodes anew, before the moves; the last one has the end's name. */
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
