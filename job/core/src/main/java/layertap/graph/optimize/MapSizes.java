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
import layertap.graph.TensorValues;
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

  /** The op that puts what lies in several rows of the batch together. */
  static final String BATCH_TO_SPACE = "BatchToSpaceND";

  private static final long UNKNOWN = TensorShape.UNKNOWN;
  private static final List<Long> NOTHING_KNOWN = List.of(UNKNOWN, UNKNOWN, UNKNOWN);

  /** Ops that give maps of the size of their first input. */
  private static final Set<String> SAME_SIZES =
      Set.of(
          "Cast",
          "ClipByValue",
          "Relu",
          "Relu6",
          "Elu",
          "Erf",
          "Erfc",
          "LeakyRelu",
          "Neg",
          "Selu",
          "Sigmoid",
          "Softmax",
          "Softplus",
          "Softsign",
          "Tanh",
          "BiasAdd",
          "FusedBatchNorm",
          "FusedBatchNormV2",
          "FusedBatchNormV3");

  /** Ops that give as many channels as the first input has. */
  private static final Set<String> SAME_CHANNELS =
      Set.of("MaxPool", "AvgPool", "ResizeBilinear", "ResizeNearestNeighbor");

  /** Ops that broadcast: both inputs have the size, or one of them has one. */
  private static final Set<String> BROADCASTING =
      Set.of("Mul", "RealDiv", "Add", "AddV2", "Sub", "Maximum", "Minimum");

  private static final Set<String> MOVING_TO_BATCH = Set.of("SpaceToBatchND", BATCH_TO_SPACE);

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final Map<String, List<Long>> known = new HashMap<>();
  private final Map<String, Long> ofSequences = new HashMap<>();

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
    if (node.getOp().equals("ExpandDims")) {
      return constants
          .expandedAxis(node, Convolution.RANK - 1)
          .filter(MapSizes::isOfPixels)
          .map(axis -> List.of(UNKNOWN, UNKNOWN, channelsOfSequences(node.getInput(0))))
          .orElse(NOTHING_KNOWN);
    }
    if (node.getOp().equals("ConcatV2")) {
      return concatenated(node);
    }
    Optional<Long> own = constants.channelsOf(node);
    if (own.isPresent()) {
      return List.of(UNKNOWN, UNKNOWN, own.get());
    }
    if (SAME_CHANNELS.contains(node.getOp()) || isMoveOf(node, OF_PIXELS.size())) {
      return List.of(UNKNOWN, UNKNOWN, of(node.getInput(0)).get(CHANNELS));
    }
    return PaddingMerge.aroundMaps(graph, node)
        .map(paddings -> padded(of(node.getInput(0)), paddings))
        .orElse(NOTHING_KNOWN);
  }

  /** Of maps whose channels are put one behind the other. */
  private List<Long> concatenated(NodeDef node) {
    int count = Math.toIntExact(node.getAttrOrThrow("N").getI());
    boolean isOfChannels =
        graph
            .source(node, count)
            .map(TensorValues::wholeNumbers)
            .filter(axis -> axis.equals(List.of(3L)) || axis.equals(List.of(-1L)))
            .isPresent();
    List<Long> first = of(node.getInput(0));
    long channels = 0;
    for (int i = 0; i < count; i++) {
      long part = of(node.getInput(i)).get(CHANNELS);
      if (part == UNKNOWN || !isOfChannels) {
        return NOTHING_KNOWN;
      }
      channels += part;
    }
    return List.of(first.get(HEIGHT), first.get(WIDTH), channels);
  }

  private static boolean isOfPixels(int axis) {
    return OF_PIXELS.contains(axis - 1);
  }

  /** Whether the op takes maps of a height or width of one, and leaves that axis out. */
  static boolean isSqueezeOfPixels(NodeDef node) {
    List<Long> axes =
        node.getAttrOrDefault("squeeze_dims", AttrValue.getDefaultInstance()).getList().getIList();
    return node.getOp().equals("Squeeze")
        && axes.size() == 1
        && isOfPixels(Math.floorMod(axes.get(0), Convolution.RANK));
  }

  /** The last size of a tensor [batch, steps, channels]. */
  private long channelsOfSequences(String input) {
    TensorId tensor = TensorId.parse(input);
    if (tensor.index() != 0) {
      return UNKNOWN;
    }
    Long seen = ofSequences.get(tensor.node());
    if (seen != null) {
      return seen;
    }
    ofSequences.put(tensor.node(), UNKNOWN);
    long found = graph.find(tensor.node()).map(this::findChannels).orElse(UNKNOWN);
    ofSequences.put(tensor.node(), found);
    return found;
  }

  private long findChannels(NodeDef node) {
    if (Ops.mayBeFed(node)) {
      TensorShape shape = TensorShape.of(node.getAttrOrDefault("shape", unknownShape()).getShape());
      List<Long> sizes = shape.sizes();
      return sizes.size() == Convolution.RANK - 1 ? sizes.get(sizes.size() - 1) : UNKNOWN;
    }
    Optional<Long> own = constants.channelsOf(node);
    if (own.isPresent()) {
      return own.get();
    }
    if (isSqueezeOfPixels(node)) {
      return of(node.getInput(0)).get(CHANNELS);
    }
    if (BROADCASTING.contains(node.getOp())) {
      long channels =
          Math.max(channelsOfSequences(node.getInput(0)), channelsOfSequences(node.getInput(1)));
      return channels > 1 ? channels : UNKNOWN;
    }
    boolean isSame =
        SAME_SIZES.contains(node.getOp())
            || isMoveOf(node, 1)
            || PaddingMerge.around(graph, node, Convolution.RANK - 1).isPresent();
    return isSame ? channelsOfSequences(node.getInput(0)) : UNKNOWN;
  }

  /** Whether the op moves places along so many axes behind the batch, or fewer, into it or back. */
  boolean isMoveOf(NodeDef node, int mostAxes) {
    return MOVING_TO_BATCH.contains(node.getOp())
        && constants
            .shape(node.getInput(1))
            .filter(blocks -> blocks.isFullyKnown() && blocks.elementCount() <= mostAxes)
            .isPresent();
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
