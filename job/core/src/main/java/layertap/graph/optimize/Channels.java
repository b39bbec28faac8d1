package layertap.graph.optimize;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** How many channels maps have, the size of their last axis, as far as the graph shows it. */
final class Channels {
  /** Ops that give as many channels as the first input has. */
  private static final Set<String> SAME =
      Set.of(
          "Relu",
          "Relu6",
          "Elu",
          "LeakyRelu",
          "Sigmoid",
          "Tanh",
          "BiasAdd",
          "MaxPool",
          "AvgPool",
          "FusedBatchNorm",
          "FusedBatchNormV2",
          "FusedBatchNormV3",
          "ResizeBilinear",
          "ResizeNearestNeighbor");

  /** Ops that broadcast: both inputs have the channels, or one of them has one. */
  private static final Set<String> BROADCASTING = Set.of("Mul", "Add", "AddV2", "Sub");

  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final Map<String, OptionalLong> known = new HashMap<>();

  Channels(WorkingGraph graph, ConstantTensors constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /** The channels of a tensor that a node takes. */
  OptionalLong of(String input) {
    TensorId tensor = TensorId.parse(input);
    return tensor.index() == 0 ? ofNode(tensor.node()) : OptionalLong.empty();
  }

  private OptionalLong ofNode(String name) {
    OptionalLong seen = known.get(name);
    if (seen != null) {
      return seen;
    }
    // Whoever comes back here by a loop learns nothing.
    known.put(name, OptionalLong.empty());
    OptionalLong found = graph.find(name).map(this::find).orElse(OptionalLong.empty());
    known.put(name, found);
    return found;
  }

  private OptionalLong find(NodeDef node) {
    Optional<Convolution> convolution =
        Convolution.of(FusedConvolution.apart(node).get(0), constants);
    if (convolution.isPresent()) {
      return OptionalLong.of(convolution.get().channelsOut());
    }
    if (Ops.mayBeFed(node)) {
      return last(TensorShape.of(node.getAttrOrDefault("shape", unknownShape()).getShape()));
    }
    if (BROADCASTING.contains(node.getOp())) {
      OptionalLong one = of(node.getInput(0));
      OptionalLong other = of(node.getInput(1));
      return one.orElse(0) > 1 ? one : other.orElse(0) > 1 ? other : OptionalLong.empty();
    }
    if (SAME.contains(node.getOp()) || PaddingMerge.aroundMaps(graph, node).isPresent()) {
      return of(node.getInput(0));
    }
    AttrValue noted = node.getAttrMap().get(GraphIndex.OUTPUT_SHAPES);
    return noted == null || noted.getList().getShapeCount() == 0
        ? OptionalLong.empty()
        : last(TensorShape.of(noted.getList().getShape(0)));
  }

  private static AttrValue unknownShape() {
    return AttrValue.newBuilder().setShape(TensorShape.unknown().toProto()).build();
  }

  private static OptionalLong last(TensorShape shape) {
    List<Long> sizes = shape.sizes();
    boolean isKnown = !sizes.isEmpty() && sizes.get(sizes.size() - 1) != TensorShape.UNKNOWN;
    return isKnown ? OptionalLong.of(sizes.get(sizes.size() - 1)) : OptionalLong.empty();
  }
}
