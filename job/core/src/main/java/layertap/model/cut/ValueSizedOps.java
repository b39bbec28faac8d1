package layertap.model.cut;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Which outputs of ops have as many places as values say, and whose places others have. */
final class ValueSizedOps {
  private static final Set<String> BOXES = Set.of("selected_indices");
  private static final Set<String> COUNTS = Set.of("output_indices", "output_values");
  private static final Set<String> RAGGED = Set.of("output_nested_splits", "output_dense_values");
  private static final Set<String> SET_OPERATION = Set.of("result_indices", "result_values");
  private static final Set<String> SPARSE = Set.of("sparse_indices", "sparse_values");
  private static final Set<String> SPLIT = Set.of("indices", "values");

  /** Ops that give such tensors, with the names of the outputs that are some. */
  private static final Map<String, Set<String>> SOURCES =
      Map.ofEntries(
          Map.entry("CSRSparseMatrixComponents", Set.of("col_inds", "values")),
          Map.entry("CSRSparseMatrixToSparseTensor", SPLIT),
          Map.entry("CTCBeamSearchDecoder", Set.of("decoded_indices", "decoded_values")),
          Map.entry("CTCGreedyDecoder", Set.of("decoded_indices", "decoded_values")),
          Map.entry("DenseCountSparseOutput", COUNTS),
          Map.entry("DenseToDenseSetOperation", SET_OPERATION),
          Map.entry("DenseToSparseSetOperation", SET_OPERATION),
          Map.entry("DeserializeManySparse", SPARSE),
          Map.entry("DeserializeSparse", SPARSE),
          Map.entry("DynamicPartition", Set.of("outputs")),
          Map.entry("ListDiff", Set.of("out", "idx")),
          Map.entry("NonMaxSuppression", BOXES),
          Map.entry("NonMaxSuppressionV2", BOXES),
          Map.entry("NonMaxSuppressionV3", BOXES),
          Map.entry("NonMaxSuppressionV4", BOXES),
          Map.entry("NonMaxSuppressionV5", Set.of("selected_indices", "selected_scores")),
          Map.entry("NonMaxSuppressionWithOverlaps", BOXES),
          Map.entry("ParseExample", SPARSE),
          Map.entry("ParseExampleV2", Set.of("sparse_indices", "sparse_values", "ragged_values")),
          Map.entry(
              "ParseSequenceExample",
              Set.of(
                  "context_sparse_indices",
                  "context_sparse_values",
                  "feature_list_sparse_indices",
                  "feature_list_sparse_values")),
          Map.entry(
              "ParseSequenceExampleV2",
              Set.of(
                  "context_sparse_indices",
                  "context_sparse_values",
                  "context_ragged_values",
                  "feature_list_sparse_indices",
                  "feature_list_sparse_values",
                  "feature_list_ragged_values",
                  "feature_list_ragged_inner_splits")),
          Map.entry("RaggedCountSparseOutput", COUNTS),
          Map.entry("RaggedCross", Set.of("output_values")),
          Map.entry(
              "RaggedFillEmptyRows",
              Set.of("output_value_rowids", "output_values", "reverse_index_map")),
          Map.entry("RaggedGather", RAGGED),
          Map.entry("RaggedRange", Set.of("rt_dense_values")),
          Map.entry("RaggedTensorFromVariant", RAGGED),
          Map.entry("SparseCountSparseOutput", COUNTS),
          Map.entry("SparseCross", COUNTS),
          Map.entry("SparseCrossHashed", COUNTS),
          Map.entry("SparseCrossV2", COUNTS),
          Map.entry(
              "SparseFillEmptyRows",
              Set.of("output_indices", "output_values", "reverse_index_map")),
          Map.entry("SparseToSparseSetOperation", SET_OPERATION),
          Map.entry("StringNGrams", Set.of("ngrams")),
          Map.entry("StringSplit", SPLIT),
          Map.entry("StringSplitV2", SPLIT),
          Map.entry("UnicodeDecode", Set.of("char_values")),
          Map.entry("UnicodeDecodeWithOffsets", Set.of("char_values", "char_to_byte_starts")),
          Map.entry("Unique", Set.of("y")),
          Map.entry("UniqueV2", Set.of("y")),
          Map.entry("UniqueWithCounts", Set.of("y", "count")),
          Map.entry("UniqueWithCountsV2", Set.of("y", "count")),
          Map.entry("Where", Set.of("index")));

  /** Ops whose other outputs' first axis none of the first axes of their inputs is. */
  private static final Set<String> ENDS =
      Set.of(
          "Bincount",
          "CSRSparseMatrixToDense",
          "DenseBincount",
          "DenseCountSparseOutput",
          "DenseToCSRSparseMatrix",
          "DenseToDenseSetOperation",
          "DenseToSparseSetOperation",
          "DynamicStitch",
          "EditDistance",
          "Fill",
          "NonMaxSuppression",
          "NonMaxSuppressionV2",
          "NonMaxSuppressionV3",
          "NonMaxSuppressionV4",
          "NonMaxSuppressionV5",
          "NonMaxSuppressionWithOverlaps",
          "ParallelDynamicStitch",
          "RaggedCountSparseOutput",
          "RaggedCross",
          "RaggedFillEmptyRows",
          "RaggedTensorToTensor",
          "Rank",
          "ScatterNd",
          "SegmentMax",
          "SegmentMaxV2",
          "SegmentMean",
          "SegmentMin",
          "SegmentMinV2",
          "SegmentProd",
          "SegmentProdV2",
          "SegmentSum",
          "SegmentSumV2",
          "SerializeManySparse",
          "SerializeSparse",
          "SetSize",
          "Shape",
          "ShapeN",
          "Size",
          "SparseBincount",
          "SparseCountSparseOutput",
          "SparseCross",
          "SparseCrossHashed",
          "SparseCrossV2",
          "SparseFillEmptyRows",
          "SparseReduceMax",
          "SparseReduceSum",
          "SparseSegmentMean",
          "SparseSegmentMeanWithNumSegments",
          "SparseSegmentSqrtN",
          "SparseSegmentSqrtNWithNumSegments",
          "SparseSegmentSum",
          "SparseSegmentSumWithNumSegments",
          "SparseTensorDenseMatMul",
          "SparseTensorToCSRSparseMatrix",
          "SparseToDense",
          "SparseToSparseSetOperation",
          "TensorArraySizeV3",
          "TensorListLength",
          "TensorListReserve",
          "UnsortedSegmentJoin",
          "UnsortedSegmentMax",
          "UnsortedSegmentMin",
          "UnsortedSegmentProd",
          "UnsortedSegmentSum");

  /** Ops with one input whose first axis theirs is; -1 is the last input. */
  private static final Map<String, Integer> DECIDING =
      Map.ofEntries(
          Map.entry("BroadcastTo", 0),
          Map.entry("CTCGreedyDecoder", 1),
          Map.entry("CTCBeamSearchDecoder", 1),
          Map.entry("Gather", 1),
          Map.entry("GatherNd", 1),
          Map.entry("MirrorPad", 0),
          Map.entry("Pad", 0),
          Map.entry("PadV2", 0),
          Map.entry("ParseExample", 0),
          Map.entry("ParseExampleV2", 0),
          Map.entry("ParseSequenceExample", 0),
          Map.entry("ParseSequenceExampleV2", 0),
          Map.entry("RaggedBincount", 0),
          Map.entry("RaggedGather", -1),
          Map.entry("RaggedTensorToVariant", 0),
          Map.entry("RefSwitch", 0),
          Map.entry("Slice", 0),
          Map.entry("SparseTensorDenseAdd", 3),
          Map.entry("StringNGrams", 1),
          Map.entry("Switch", 0),
          Map.entry("TensorArrayWrite", 3),
          Map.entry("TensorArrayWriteV2", 3),
          Map.entry("TensorArrayWriteV3", 3),
          Map.entry("TensorListPushBack", 0),
          Map.entry("TensorListSetItem", 0),
          Map.entry("TensorScatterAdd", 0),
          Map.entry("TensorScatterMax", 0),
          Map.entry("TensorScatterMin", 0),
          Map.entry("TensorScatterSub", 0),
          Map.entry("TensorScatterUpdate", 0),
          Map.entry("Tile", 0));

  /** Outputs that are one number, whatever the op. */
  private static final Set<String> NUMBERS = Set.of("valid_outputs", "value_index");

  private ValueSizedOps() {}

  /** All ops in these tables, with the names of their outputs in them. */
  static Map<String, Set<String>> known() {
    Map<String, Set<String>> known = new HashMap<>(SOURCES);
    ENDS.forEach(op -> known.putIfAbsent(op, Set.of()));
    DECIDING.keySet().forEach(op -> known.putIfAbsent(op, Set.of()));
    return known;
  }

  static boolean isSource(NodeDef node) {
    // What is filled up to a given number has always as many places.
    return SOURCES.containsKey(node.getOp())
        && !node.getAttrOrDefault("pad_to_max_output_size", AttrValue.getDefaultInstance()).getB();
  }

  /**
   * Whether values say how many places the output has, whatever goes in.
   *
   * @param name of the output among the arguments of the op
   * @param output its position
   */
  static boolean isGiven(NodeDef node, String name, int output) {
    // The outermost of several splits has as many places as there are lists, and one more.
    return isSource(node)
        && SOURCES.get(node.getOp()).contains(name)
        && (output > 0 || !name.equals("output_nested_splits"));
  }

  /** Whether an output of that name never has places of rows: shapes and single numbers. */
  static boolean isPlaceless(String name) {
    return name.endsWith("shape") || name.endsWith("shapes") || NUMBERS.contains(name);
  }

  /** The inputs one of whose first axes that of the outputs may be; empty for all of them. */
  static Optional<List<Integer>> deciding(String op) {
    return ENDS.contains(op)
        ? Optional.of(List.of())
        : Optional.ofNullable(DECIDING.get(op)).map(List::of);
  }
}
