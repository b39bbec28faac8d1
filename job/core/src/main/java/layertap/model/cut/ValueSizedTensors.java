package layertap.model.cut;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Tensors that have as many places along their first axis as the values say that are fed: nothing
 * tells which of them belong to which row. Where rows have two and none, there may be as many as
 * there are rows, and yet not one for each.
 *
 * <pre>
 *   ids [[1, 2], [3, 0], [0, 0]] ─▶ those above 0: [1, 2, 3] ─▶ Gather ─▶ 3 vectors of 3 rows
 * </pre>
 *
 * <p>What is not known of an op counts as if it kept the axis.
 */
public final class ValueSizedTensors {
  /** Ops that give such tensors, by the first output that is one. */
  private static final Map<String, Integer> SOURCES =
      Map.ofEntries(
          Map.entry("DynamicPartition", 0),
          Map.entry("ListDiff", 0),
          Map.entry("NonMaxSuppression", 0),
          Map.entry("NonMaxSuppressionV2", 0),
          Map.entry("NonMaxSuppressionV3", 0),
          Map.entry("NonMaxSuppressionV4", 0),
          Map.entry("NonMaxSuppressionV5", 0),
          Map.entry("ParseExample", 0),
          Map.entry("ParseExampleV2", 0),
          Map.entry("RaggedGather", 0),
          Map.entry("RaggedRange", 1),
          Map.entry("SparseCross", 0),
          Map.entry("SparseFillEmptyRows", 0),
          Map.entry("StringNGrams", 0),
          Map.entry("StringSplit", 0),
          Map.entry("StringSplitV2", 0),
          Map.entry("UnicodeDecode", 1),
          Map.entry("UnicodeDecodeWithOffsets", 1),
          Map.entry("Unique", 0),
          Map.entry("UniqueV2", 0),
          Map.entry("UniqueWithCounts", 0),
          Map.entry("Where", 0));

  /** Ops whose first axis others of their inputs tell, such as the number of segments. */
  private static final Set<String> ENDS =
      Set.of(
          "Bincount",
          "DenseBincount",
          "DynamicStitch",
          "Fill",
          "ParallelDynamicStitch",
          "RaggedTensorToTensor",
          "Rank",
          "ScatterNd",
          "SegmentMax",
          "SegmentMean",
          "SegmentMin",
          "SegmentProd",
          "SegmentSum",
          "Shape",
          "ShapeN",
          "Size",
          "SparseReduceMax",
          "SparseReduceSum",
          "SparseSegmentMean",
          "SparseSegmentMeanWithNumSegments",
          "SparseSegmentSqrtN",
          "SparseSegmentSqrtNWithNumSegments",
          "SparseSegmentSum",
          "SparseSegmentSumWithNumSegments",
          "SparseTensorDenseMatMul",
          "SparseToDense",
          "TensorListReserve",
          "UnsortedSegmentMax",
          "UnsortedSegmentMin",
          "UnsortedSegmentProd",
          "UnsortedSegmentSum");

  /** Give the first of several sizes, or as first size that of their first input. */
  private static final Set<String> FIRST_SIZE =
      Set.of("Cast", "ConcatV2", "Identity", "Pack", "Reshape", "Slice", "StridedSlice");

  private static final int MOST_STEPS = 20;

  /** Give what depends on the sizes of their inputs alone. */
  private static final Set<String> OF_SIZES =
      Set.of("OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike");

  private static final AttrValue UNSET = AttrValue.getDefaultInstance();

  private final GraphIndex graph;
  private final boolean[] ofValues;
  private final Set<TensorId> found = new HashSet<>();

  private ValueSizedTensors(GraphIndex graph) {
    this.graph = graph;
    this.ofValues =
        GraphWalk.of(graph)
            .along(graph::consumers)
            .through(position -> !OF_SIZES.contains(graph.node(position).getOp()))
            .from(
                IntStream.range(0, graph.size())
                    .filter(position -> Ops.mayBeFed(graph.node(position)))
                    .toArray());
    boolean isNew = true;
    while (isNew) {
      isNew = false;
      for (int position = 0; position < graph.size(); position++) {
        if (ofValues[position] && (isSource(graph.node(position)) || keeps(position))) {
          isNew |= mark(position);
        }
      }
    }
  }

  /**
   * Why no two rows may go through a model together: the selector of a tap of which nobody could
   * tell whose row is where; empty if they may.
   */
  public static Optional<String> whyRowsGoAlone(RunnableGraph model, OpDefinitions ops) {
    if (model.graph().getNodeList().stream().noneMatch(ValueSizedTensors::isSource)) {
      return Optional.empty();
    }
    Set<TensorId> found = new ValueSizedTensors(new GraphIndex(model.graph(), ops)).found;
    return model.taps().stream()
        .filter(tap -> found.contains(tap.fetch()))
        .findFirst()
        .map(
            tap ->
                ("rows go through the model one at a time, which takes longer: the values fed say"
                        + " how many places '%s' has, and of several rows nothing tells whose they"
                        + " are; to avoid it, tap a layer that has one for each row")
                    .formatted(tap.selector()));
  }

  private static boolean isSource(NodeDef node) {
    return SOURCES.containsKey(node.getOp());
  }

  /** Marks the node's outputs; false if all were marked before. */
  private boolean mark(int position) {
    NodeDef node = graph.node(position);
    // Outputs with a place for each row stand among those of which the values tell how many there
    // are.
    int before = 0;
    int rows = 0;
    if (node.getOp().startsWith("ParseExample")) {
      // Of each sparse feature it gives places, values and sizes, then the dense ones.
      before = 3 * node.getAttrOrDefault("sparse_types", UNSET).getList().getTypeCount();
      rows = node.getAttrOrDefault("Tdense", UNSET).getList().getTypeCount();
    } else if (node.getOp().equals("SparseFillEmptyRows")) {
      // It gives places and values, then which rows were empty.
      before = 2;
      rows = 1;
    }
    boolean isNew = false;
    int count = graph.outputTypes(position).size();
    for (int i = SOURCES.getOrDefault(node.getOp(), 0); i < count; i++) {
      if (i < before || i >= before + rows) {
        isNew |= found.add(new TensorId(node.getName(), i));
      }
    }
    return isNew;
  }

  /** Whether the first axis of what the node gives is as long as that of such a tensor. */
  private boolean keeps(int position) {
    NodeDef node = graph.node(position);
    return switch (node.getOp()) {
      case "GatherNd" -> isFound(position, 1);
      case "GatherV2" -> isFound(position, numbers(position, 2).contains(0.0) ? 1 : 0);
      case "Reshape" -> isFound(position, 0) && keepsSize(position);
      case "ExpandDims", "All", "Any", "ArgMax", "ArgMin", "Max", "Mean", "Min", "Prod", "Sum" ->
          isFound(position, 0) && !numbers(position, 1).contains(0.0);
      case "Transpose" -> isFound(position, 0) && numbers(position, 1).indexOf(0.0) <= 0;
      case "Pack" -> node.getAttrOrDefault("axis", UNSET).getI() != 0 && isAnyFound(position);
      case "StridedSlice" ->
          isFound(position, 0)
              && node.getAttrOrDefault("shrink_axis_mask", UNSET).getI() % 2 == 0
              && node.getAttrOrDefault("new_axis_mask", UNSET).getI() % 2 == 0;
      case "TensorScatterAdd",
          "TensorScatterMax",
          "TensorScatterMin",
          "TensorScatterSub",
          "TensorScatterUpdate" ->
          isFound(position, 0);
      default -> !ENDS.contains(node.getOp()) && isAnyFound(position);
    };
  }

  /** Whether the first size that a Reshape is told is not that of another tensor. */
  private boolean keepsSize(int position) {
    int at = graph.sources(position)[1];
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      NodeDef node = graph.node(at);
      if (Ops.isConstant(node)) {
        return TensorValues.numbers(node).map(sizes -> sizes[0] < 0).orElse(true);
      }
      if (node.getOp().equals("Shape")) {
        return isFound(at, 0);
      }
      if (!FIRST_SIZE.contains(node.getOp())) {
        return true;
      }
      at = graph.sources(at)[0];
    }
    return true;
  }

  private boolean isAnyFound(int position) {
    return graph.inputTensors(position).stream().anyMatch(found::contains);
  }

  private boolean isFound(int position, int input) {
    return found.contains(graph.inputTensor(position, input));
  }

  /** The numbers of an input; none if it is no constant. */
  private List<Double> numbers(int position, int input) {
    NodeDef node = graph.node(graph.sources(position)[input]);
    return TensorValues.numbers(node)
        .map(values -> DoubleStream.of(values).boxed().toList())
        .orElse(List.of());
  }
}
