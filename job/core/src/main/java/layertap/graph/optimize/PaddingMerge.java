package layertap.graph.optimize;

import java.util.List;
import java.util.Optional;
import layertap.graph.TensorValues;
import org.tensorflow.proto.NodeDef;

/**
 * Lets a convolution pad its input itself where a {@code Pad} before it writes zeros around each
 * map: that saves a copy of the map.
 */
final class PaddingMerge {
  private final WorkingGraph graph;
  private final ConstantTensors constants;
  private final MapSizes sizes;

  PaddingMerge(WorkingGraph graph, ConstantTensors constants, MapSizes sizes) {
    this.graph = graph;
    this.constants = constants;
    this.sizes = sizes;
  }

  /** Merges what can be; says whether anything could. */
  boolean run() {
    boolean isChanged = false;
    for (NodeDef pad : graph.nodes()) {
      Optional<List<Long>> paddings = aroundMaps(graph, pad);
      Optional<NodeDef> convolution = paddings.flatMap(any -> graph.onlyConsumer(pad));
      isChanged |= convolution.isPresent() && merge(pad, paddings.get(), convolution.get());
    }
    return isChanged;
  }

  /** The paddings of a node that writes zeros around maps, and leaves rows and channels alone. */
  static Optional<List<Long>> aroundMaps(WorkingGraph graph, NodeDef pad) {
    return around(graph, pad, Convolution.RANK);
  }

  /** The paddings before and after each axis but the batch and the channels. */
  static Optional<List<Long>> around(WorkingGraph graph, NodeDef pad, int rank) {
    if (!pad.getOp().equals("Pad") || !WorkingGraph.isPlain(pad)) {
      return Optional.empty();
    }
    return graph
        .source(pad, 1)
        .filter(WorkingGraph::isPlain)
        .map(TensorValues::wholeNumbers)
        .filter(paddings -> paddings.size() == 2 * rank)
        .filter(paddings -> paddings.stream().allMatch(padding -> padding >= 0))
        .filter(paddings -> paddings.get(0) + paddings.get(1) == 0)
        .filter(paddings -> paddings.get(2 * rank - 2) + paddings.get(2 * rank - 1) == 0);
  }

  private boolean merge(NodeDef pad, List<Long> paddings, NodeDef convolution) {
    Optional<Convolution> found =
        Convolution.of(convolution, constants)
            .filter(any -> any.padding().equals(Convolution.VALID))
            .filter(any -> convolution.getInput(0).equals(pad.getName()));
    if (found.isEmpty()) {
      return false;
    }
    NodeDef.Builder padding = convolution.toBuilder().setInput(0, pad.getInput(0));
    // The kernel that fuses depthwise convolutions knows no padding that is spelled out.
    if (found.get().isDepthwise() && found.get().isSame(sizes.of(pad.getInput(0)), paddings)) {
      padding.putAttr(Convolution.PADDING, AttrValues.text(Convolution.SAME));
    } else {
      padding
          .putAttr(Convolution.PADDING, AttrValues.text(Convolution.EXPLICIT))
          .putAttr(Convolution.PADDINGS, AttrValues.numbers(paddings));
    }
    graph.put(padding.build());
    graph.remove(pad);
    return true;
  }
}
