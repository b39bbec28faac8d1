package layertap.model.cut;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.OpDefinitions;
import org.tensorflow.proto.NodeDef;

/**
 * Whether the values that are fed say how long axes are: then a row may be cut, or filled up, to
 * what another one needs.
 *
 * <pre>
 *   x ─▶ Greater ─▶ Sum ─▶ Max ─▶ StridedSlice     as many steps as the longest row has
 * </pre>
 */
public final class SizesOfValues {
  /** Give what depends on the sizes of their inputs alone. */
  private static final Set<String> OF_SIZES =
      Set.of("OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike");

  /** The inputs of ops that say how large their outputs are. */
  private static final Map<String, List<Integer>> SIZES =
      Map.ofEntries(
          Map.entry("BatchToSpaceND", List.of(2)),
          Map.entry("Bincount", List.of(1)),
          Map.entry("BroadcastTo", List.of(1)),
          Map.entry("Conv2DBackpropInput", List.of(0)),
          Map.entry("DenseBincount", List.of(1)),
          Map.entry("Empty", List.of(0)),
          Map.entry("Fill", List.of(0)),
          Map.entry("LinSpace", List.of(2)),
          Map.entry("MatrixDiagV2", List.of(2, 3)),
          Map.entry("MatrixDiagV3", List.of(2, 3)),
          Map.entry("MirrorPad", List.of(1)),
          Map.entry("OneHot", List.of(1)),
          Map.entry("Pad", List.of(1)),
          Map.entry("PadV2", List.of(1)),
          Map.entry("Range", List.of(0, 1, 2)),
          Map.entry("Reshape", List.of(1)),
          Map.entry("ResizeArea", List.of(1)),
          Map.entry("ResizeBicubic", List.of(1)),
          Map.entry("ResizeBilinear", List.of(1)),
          Map.entry("ResizeNearestNeighbor", List.of(1)),
          Map.entry("ScatterNd", List.of(2)),
          Map.entry("Slice", List.of(1, 2)),
          Map.entry("SpaceToBatchND", List.of(2)),
          Map.entry("SparseReshape", List.of(2)),
          Map.entry("SparseToDense", List.of(1)),
          Map.entry("SplitV", List.of(1)),
          Map.entry("StridedSlice", List.of(1, 2)),
          Map.entry("TensorArrayV3", List.of(0)),
          Map.entry("TensorListReserve", List.of(1)),
          Map.entry("Tile", List.of(1)),
          Map.entry("TopKV2", List.of(1)),
          Map.entry("UnsortedSegmentMax", List.of(2)),
          Map.entry("UnsortedSegmentMin", List.of(2)),
          Map.entry("UnsortedSegmentProd", List.of(2)),
          Map.entry("UnsortedSegmentSum", List.of(2)));

  private SizesOfValues() {}

  /** By op its inputs that say how large its outputs are. */
  static Map<String, List<Integer>> inputs() {
    return SIZES;
  }

  /** Whether there is an axis as long as values say; bodies of functions are not looked into. */
  public static boolean isAnyIn(RunnableGraph model) {
    GraphIndex graph = new GraphIndex(model.graph(), OpDefinitions.registered());
    boolean[] ofValues = ofValues(graph);
    return IntStream.range(0, graph.size())
        .filter(position -> ofValues[position])
        .anyMatch(position -> isSized(graph, position, ofValues));
  }

  private static boolean isSized(GraphIndex graph, int position, boolean[] ofValues) {
    NodeDef node = graph.node(position);
    int[] sources = graph.sources(position);
    return ValueSizedOps.isSource(node)
        || node.getOp().equals("RaggedTensorToTensor")
        || SIZES.getOrDefault(node.getOp(), List.of()).stream()
            .anyMatch(input -> ofValues[sources[input]] && !isOfSizes(graph, sources[input]));
  }

  private static boolean isOfSizes(GraphIndex graph, int position) {
    return OF_SIZES.contains(graph.node(position).getOp());
  }

  /** Which nodes depend on the values that are fed. What gives sizes of those counts, too. */
  static boolean[] ofValues(GraphIndex graph) {
    return GraphWalk.of(graph)
        .along(graph::consumers)
        .through(position -> !isOfSizes(graph, position))
        .from(graph.feedable());
  }
}
