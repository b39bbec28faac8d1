package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Height, width and channels of maps [batch, height, width, channels], as far as the graph shows
 * them. A name means the same tensor while a graph is rewritten, so what was found stays right.
 */
final class MapSizes {
  static final int HEIGHT = 0;
  static final int WIDTH = 1;
  static final int CHANNELS = 2;

  /** The axes that a window goes along. */
  static final List<Integer> OF_PIXELS = List.of(HEIGHT, WIDTH);

  private static final long UNKNOWN = TensorShape.UNKNOWN;
  private static final List<Long> NOTHING_KNOWN = List.of(UNKNOWN, UNKNOWN, UNKNOWN);

  /** Ops that give maps of the size of their first input. */
  private static final Set<String> SAME_SIZES =
      Set.of(
          "Relu",
          "Relu6",
          "Elu",
          "Erf",
          "Erfc",
          "LeakyRelu",
          "Neg",
          "Sigmoid",
          "Softplus",
          "Tanh",
          "BiasAdd",
          "FusedBatchNorm",
          "FusedBatchNormV2",
          "FusedBatchNormV3");

  /** Ops that give as many channels as the first input has. */
  private static final Set<String> SAME_CHANNELS =
      Set.of("MaxPool", "AvgPool", "ResizeBilinear", "ResizeNearestNeighbor");

  /** Ops that broadcast: both inputs have the size, or one of them has one. */
  private static final Set<String> BROADCASTING = Set.of("Mul", "RealDiv", "Add", "AddV2", "Sub");

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final Map<String, List<Long>> known = new HashMap<>();

  MapSizes(WorkingGraph graph, ConstantTensors constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /** {@link #HEIGHT}, {@link #WIDTH}, {@link #CHANNELS}; {@link TensorShape#UNKNOWN} where open. */
  List<Long> of(String input) {
    TensorId tensor = TensorId.parse(input);
    return tensor.index() == 0 ? ofNode(tensor.node()) : NOTHING_KNOWN;
  }

  private List<Long> ofNode(String name) {
    List<Long> seen = known.get(name);
    if (seen != null) {
      return seen;
    }
    // Whoever comes back here by a loop learns nothing.
    known.put(name, NOTHING_KNOWN);
    List<Long> found = graph.find(name).map(this::find).orElse(NOTHING_KNOWN);
    known.put(name, found);
    return found;
  }

  private List<Long> find(NodeDef node) {
    Optional<Convolution> convolution =
        Convolution.of(FusedConvolution.apart(node).get(0), constants);
    if (convolution.isPresent()) {
      return convolution.get().sizesOut(of(node.getInput(0)));
    }
    if (Ops.mayBeFed(node)) {
      return ofMap(TensorShape.of(node.getAttrOrDefault("shape", unknownShape()).getShape()));
    }
    if (BROADCASTING.contains(node.getOp())) {
      return broadcast(of(node.getInput(0)), of(node.getInput(1)));
    }
    if (SAME_SIZES.contains(node.getOp())) {
      return of(node.getInput(0));
    }
    if (SAME_CHANNELS.contains(node.getOp())) {
      return List.of(UNKNOWN, UNKNOWN, of(node.getInput(0)).get(CHANNELS));
    }
    return PaddingMerge.aroundMaps(graph, node)
        .map(paddings -> padded(of(node.getInput(0)), paddings))
        .orElse(NOTHING_KNOWN);
  }

  private static AttrValue unknownShape() {
    return AttrValue.newBuilder().setShape(TensorShape.unknown().toProto()).build();
  }

  private static List<Long> ofMap(TensorShape shape) {
    return shape.sizes().size() == Convolution.RANK
        ? shape.sizes().subList(1, Convolution.RANK)
        : NOTHING_KNOWN;
  }

  private static List<Long> broadcast(List<Long> one, List<Long> other) {
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < one.size(); i++) {
      // A size of one beside an unknown one says nothing.
      long size = Math.max(one.get(i), other.get(i));
      sizes.add(size > 1 ? size : UNKNOWN);
    }
    return sizes;
  }

  /** A known size with what is written before and after it. */
  static long padded(long size, int axis, List<Long> paddings) {
    return size + paddings.get(2 * axis + 2) + paddings.get(2 * axis + 3);
  }

  private static List<Long> padded(List<Long> sizes, List<Long> paddings) {
    List<Long> wider = new ArrayList<>(sizes);
    for (int axis : OF_PIXELS) {
      if (sizes.get(axis) != UNKNOWN) {
        wider.set(axis, padded(sizes.get(axis), axis, paddings));
      }
    }
    return wider;
  }
}
