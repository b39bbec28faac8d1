package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import layertap.extract.FeatureExtractor;
import layertap.extract.check.ValueComparison.Difference;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.FunctionLibrary;
import layertap.model.cut.SizesOfValues;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.GraphDef;

/**
 * Finds features that depend on more than their row, by two questions. Beside other rows, at the
 * same place in a batch of the same size, kernels do the same work for a row: any difference at all
 * comes from the others. Alone, or at another place, they may round otherwise: there a difference
 * counts if it is larger than rounding can make it. The same holds beside longer rows if values
 * decide how long an axis is: a mean over the longest row's steps depends on that row.
 */
final class RowMixing {
  /** Ops that make a tensor of as many rows as the values say, which changes how kernels round. */
  private static final Set<String> SIZED_BY_VALUES =
      Set.of(
          "Where",
          "DynamicPartition",
          "Unique",
          "UniqueV2",
          "UniqueWithCounts",
          "StringSplit",
          "StringSplitV2",
          "RaggedRange",
          "RaggedGather",
          "RaggedTensorToTensor",
          "SparseReshape",
          "ParseExample",
          "ParseExampleV2",
          "NonMaxSuppressionV3",
          "NonMaxSuppressionV4",
          "NonMaxSuppressionV5",
          "SparseFillEmptyRows",
          "SparseSegmentMean",
          "SparseSegmentSum",
          "SparseSegmentSqrtN",
          "SegmentSum",
          "SegmentMean",
          "UnicodeDecodeWithOffsets");

  private final ExtractionPlan plan;
  private final ValueComparison comparison;
  private final IntFunction<Double> rounding;

  /**
   * Judges the features of a plan.
   *
   * @param rounding how far rounding may move a feature's values on the synthetic rows
   */
  RowMixing(ExtractionPlan plan, ValueComparison comparison, IntFunction<Double> rounding) {
    this.plan = plan;
    this.comparison = comparison;
    this.rounding = rounding;
  }

  /**
   * The features of rows.
   *
   * @throws UserException names the first feature that mixes rows
   */
  List<List<HostTensor>> requireNone(
      FeatureExtractor extractor, List<List<HostTensor>> rows, int recipe) {
    List<List<HostTensor>> together = extractor.features(rows);
    List<List<HostTensor>> alone = new ArrayList<>();
    rows.forEach(row -> alone.addAll(extractor.features(List.of(row))));
    requireSame(together, alone, "alone than beside others");
    if (SizesOfValues.isAnyIn(plan.model())) {
      requireSameBesideLonger(extractor, rows);
    }
    List<List<HostTensor>> beside = besideOthers(extractor, rows, recipe);
    Repeated repeated = null;
    for (int feature = 0; feature < plan.features().size(); feature++) {
      Difference difference = ValueComparison.between(together, beside, feature);
      if (difference.exceeds(0)) {
        repeated = repeated == null ? repeat(extractor, rows, recipe) : repeated;
        if (isOfOthers(repeated, feature, difference)) {
          throw mixed(feature, "beside some rows than beside others", difference);
        }
      }
    }
    return together;
  }

  private void requireSame(
      List<List<HostTensor>> expected, List<List<HostTensor>> found, String where) {
    for (int feature = 0; feature < plan.features().size(); feature++) {
      Difference difference = ValueComparison.between(expected, found, feature);
      if (difference.exceeds(comparison.tolerated(difference))
          && difference.exceeds(rounding.apply(feature))) {
        throw mixed(feature, where, difference);
      }
    }
  }

  /** At the same place of a batch of the same size, so that the others alone make a difference. */
  private void requireSameBesideLonger(FeatureExtractor extractor, List<List<HostTensor>> rows) {
    List<List<HostTensor>> shorter = rows.stream().map(SyntheticRows::halfEmpty).toList();
    try {
      List<List<HostTensor>> besideShorter = extractor.features(shorter);
      List<List<HostTensor>> besideLonger = besideOthers(extractor, shorter, rows);
      requireSame(besideShorter, besideLonger, "beside shorter rows than beside longer ones");
    } catch (RefusedValuesException e) {
      // The model takes the rows themselves.
    }
  }

  /** Each row at its place, with others at all other places. */
  private List<List<HostTensor>> besideOthers(
      FeatureExtractor extractor, List<List<HostTensor>> rows, int recipe) {
    for (double larger : SyntheticRows.LARGER) {
      try {
        return besideOthers(extractor, rows, SyntheticRows.others(plan.feeds(), recipe, larger));
      } catch (RefusedValuesException e) {
        // The model may take smaller ones, and does take the rows themselves.
      }
    }
    List<List<HostTensor>> turned =
        IntStream.range(0, rows.size()).mapToObj(i -> rows.get((i + 1) % rows.size())).toList();
    return besideOthers(extractor, rows, turned);
  }

  private static List<List<HostTensor>> besideOthers(
      FeatureExtractor extractor, List<List<HostTensor>> rows, List<List<HostTensor>> others) {
    List<List<HostTensor>> beside = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<List<HostTensor>> batch = new ArrayList<>(others);
      batch.set(i, rows.get(i));
      beside.add(extractor.features(batch).get(i));
    }
    return beside;
  }

  /** The same rows once more: twice as they were, then each beside others. */
  private record Repeated(
      List<List<HostTensor>> once, List<List<HostTensor>> again, List<List<HostTensor>> beside) {}

  private Repeated repeat(FeatureExtractor extractor, List<List<HostTensor>> rows, int recipe) {
    List<List<HostTensor>> again = extractor.features(rows);
    List<List<HostTensor>> beside = besideOthers(extractor, rows, recipe);
    return new Repeated(extractor.features(rows), again, beside);
  }

  /** Whether a difference comes from the other rows, and not from how many rows kernels saw. */
  private boolean isOfOthers(Repeated repeated, int feature, Difference difference) {
    boolean isSteady =
        !ValueComparison.between(repeated.once, repeated.again, feature).exceeds(0)
            && ValueComparison.between(repeated.again, repeated.beside, feature).exceeds(0);
    return (isSteady && !isSizedByValues(plan.model().graph()))
        || difference.exceeds(rounding.apply(feature));
  }

  private static boolean isSizedByValues(GraphDef graph) {
    return FunctionLibrary.allNodes(graph).anyMatch(node -> SIZED_BY_VALUES.contains(node.getOp()));
  }

  private UserException mixed(int feature, String where, Difference difference) {
    return new UserException(
        ("cannot trust '%s': a synthetic row has other values %s, %s; the tensor mixes rows, tap"
                + " one before it")
            .formatted(plan.features().get(feature).selector(), where, difference.text()));
  }
}
