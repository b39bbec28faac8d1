package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * The ops behind a convolution that scale and shift each channel: a bias, a batch normalisation,
 * whatever their names. Together they are one scale and one shift, which are constant.
 *
 * <pre>
 *   convolution ─▶ BiasAdd ─▶ Mul ─▶ AddV2       =       convolution · scale + shift
 * </pre>
 */
final class AffineChain {
  /** What a batch normalisation adds to the variance, where it does not say. */
  private static final AttrValue EPSILON = AttrValue.newBuilder().setF(1e-4f).build();

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final ChannelMath math;
  private final long channels;
  private final List<NodeDef> links = new ArrayList<>();
  private NodeDef end;
  private String scale;
  private String shift;

  /**
   * Follows the chain as far as each tensor in it has no other use.
   *
   * @param start the convolution
   * @param channels that it gives
   * @param math makes the nodes of scale and shift
   */
  AffineChain(
      WorkingGraph graph,
      ConstantTensors constants,
      NodeDef start,
      long channels,
      ChannelMath math) {
    this.graph = graph;
    this.constants = constants;
    this.channels = channels;
    this.math = math;
    this.end = start;
    Optional<NodeDef> next = graph.onlyConsumer(end);
    while (next.filter(Convolution::isChannelsLast).isPresent() && append(next.get())) {
      links.add(next.get());
      end = next.get();
      next = graph.onlyConsumer(end);
    }
  }

  /** The nodes of the chain behind the convolution. */
  List<NodeDef> links() {
    return links;
  }

  /** The last node of the chain, the convolution if it is empty. */
  NodeDef end() {
    return end;
  }

  /** What the convolution's channels are multiplied with: a vector, if anything. */
  Optional<String> scale() {
    return Optional.ofNullable(scale);
  }

  /** What is added after that: a vector, if anything. */
  Optional<String> shift() {
    return Optional.ofNullable(shift);
  }

  private boolean append(NodeDef node) {
    String taken = end.getName();
    return switch (node.getOp()) {
      case "Mul" -> operand(node, taken, true).map(this::multiply).orElse(false);
      case "Add", "AddV2", "BiasAdd" -> operand(node, taken, true).map(this::add).orElse(false);
      case "Sub" ->
          operand(node, taken, false).map(vector -> add(math.negated(vector))).orElse(false);
      case "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3" -> normalize(node, taken);
      default -> false;
    };
  }

  private boolean multiply(String vector) {
    scale = scale == null ? vector : math.product(scale, vector);
    shift = shift == null ? null : math.product(shift, vector);
    return true;
  }

  private boolean add(String vector) {
    shift = shift == null ? vector : math.sum(shift, vector);
    return true;
  }

  /** The other operand, as a vector with a value for each channel. */
  private Optional<String> operand(NodeDef node, String taken, boolean isSymmetric) {
    if (node.getInput(0).equals(taken)) {
      return vector(node.getInput(1));
    }
    return isSymmetric && node.getInput(1).equals(taken)
        ? vector(node.getInput(0))
        : Optional.empty();
  }

  private Optional<String> vector(String input) {
    return constants
        .perChannel(input, channels, Convolution.RANK)
        .map(shape -> math.vector(input, shape));
  }

  private boolean normalize(NodeDef node, String taken) {
    boolean isInference =
        node.containsAttr("is_training") && !node.getAttrOrThrow("is_training").getB();
    if (!isInference || !node.getInput(0).equals(taken) || graph.isTakenBeyondFirst(node)) {
      return false;
    }
    List<Optional<String>> vectors =
        node.getInputList().stream().skip(1).map(this::vector).toList();
    if (vectors.stream().anyMatch(Optional::isEmpty)) {
      return false;
    }
    float epsilon = node.getAttrOrDefault("epsilon", EPSILON).getF();
    String factor = math.inverseDeviation(vectors.get(3).get(), epsilon, vectors.get(0).get());
    String moved =
        math.difference(vectors.get(1).get(), math.product(vectors.get(2).get(), factor));
    return multiply(factor) && add(moved);
  }
}
