package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.describe.LayerKinds;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.preprocessing.InputScaling.FirstLayer;
import layertap.model.saved.CompiledGraph;
import layertap.model.saved.Signature;
import org.tensorflow.proto.NodeDef;

/**
 * Reads what a model does to its inputs first, from its ops and their constants, whatever their
 * names. Needs no natives.
 */
public final class ModelPreprocessing {
  private static final int IMAGE_RANK = 4;

  /** Grey, colour, colour and opacity. */
  private static final Set<Long> IMAGE_CHANNELS = Set.of(1L, 3L, 4L);

  /** More channels are features, of which each may have a mean of its own. */
  private static final long MOST_CHANNELS = 64;

  /** Layers around borders, before the first one that has something to learn. */
  private static final Set<String> BORDERS = Set.of("Pad", "PadV2", "MirrorPad", "SpaceToBatchND");

  private final LoadedModel model;
  private final GraphIndex graph;
  private final ConstantValues constants;
  private final LayerKinds kinds;

  private ModelPreprocessing(LoadedModel model) {
    this.model = model;
    this.graph = model.graph();
    this.constants = new ConstantValues(model);
    this.kinds = new LayerKinds(model);
  }

  /** What the model does to each input of its signature that takes numbers, in their order. */
  public static List<InputScaling> of(LoadedModel model) {
    ModelPreprocessing preprocessing = new ModelPreprocessing(model);
    List<InputScaling> inputs = new ArrayList<>();
    for (Map.Entry<String, Signature.Port> input : model.signature().inputs().entrySet()) {
      if (isNumber(input.getValue())) {
        inputs.add(preprocessing.scaling(input.getKey(), input.getValue()));
      }
    }
    return List.copyOf(inputs);
  }

  private static boolean isNumber(Signature.Port port) {
    return Dtype.find(port.dtype())
        .filter(dtype -> dtype != Dtype.BOOL && dtype != Dtype.STRING)
        .isPresent();
  }

  private InputScaling scaling(String key, Signature.Port port) {
    TensorId tensor = port.tensor();
    if (graph.find(tensor.node()).isEmpty()) {
      return new InputScaling(key, false, List.of());
    }
    TensorShape shape = port.shape();
    int rank = shape.isRankKnown() ? shape.sizes().size() : Pixels.NO_AXIS;
    int axis = channelAxis(shape);
    long channels = axis == Pixels.NO_AXIS ? 1 : shape.sizes().get(axis);
    List<FirstLayer> uses = new ArrayList<>();
    Pixels fed = Pixels.fed(rank, axis, (int) channels);
    for (PixelFlow.FirstUse use : PixelFlow.from(tensor, fed, graph, constants)) {
      if (CompiledGraph.isCompiled(graph.node(use.position()))) {
        // It may scale its input itself.
        return new InputScaling(key, isImage(shape), List.of());
      }
      FirstLayer layer = new FirstLayer(kind(use.position()), use.pixels().map());
      if (!uses.contains(layer)) {
        uses.add(layer);
      }
    }
    return new InputScaling(key, isImage(shape), uses);
  }

  private static boolean isImage(TensorShape shape) {
    return shape.isRankKnown()
        && shape.sizes().size() == IMAGE_RANK
        && (channelAxis(shape) != Pixels.NO_AXIS || shape.sizes().get(3) == TensorShape.UNKNOWN);
  }

  /** The last axis, or the second one where only that can be channels of an image. */
  private static int channelAxis(TensorShape shape) {
    int rank = shape.sizes().size();
    if (rank < 2) {
      return Pixels.NO_AXIS;
    }
    long last = shape.sizes().get(rank - 1);
    boolean isFirst =
        rank == IMAGE_RANK
            && !IMAGE_CHANNELS.contains(last)
            && IMAGE_CHANNELS.contains(shape.sizes().get(1));
    if (isFirst) {
      return 1;
    }
    // A row of numbers of one kind is no row of channels.
    boolean areChannels = rank >= IMAGE_RANK - 1 && last != TensorShape.UNKNOWN;
    return areChannels && last >= 1 && last <= MOST_CHANNELS ? rank - 1 : Pixels.NO_AXIS;
  }

  /** The class of the layer that a node is part of, or its op. */
  private String kind(int position) {
    int at = position;
    for (int steps = 0; steps < graph.size() && isBorder(at); steps++) {
      at = graph.consumers(at)[0];
    }
    Layer found = null;
    int size = Integer.MAX_VALUE;
    for (Layer layer : model.layers().layers()) {
      for (LayerCall call : layer.calls()) {
        if (call.region().contains(at) && call.region().size() <= size) {
          found = layer;
          size = call.region().size();
        }
      }
    }
    String op = graph.node(at).getOp();
    return found == null ? op : kinds.of(found).orElse(op);
  }

  private boolean isBorder(int position) {
    NodeDef node = graph.node(position);
    return BORDERS.contains(node.getOp()) && graph.consumers(position).length == 1;
  }
}
