package layertap.input.record;

import java.io.Serializable;
import java.util.List;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FeatureList;
import org.tensorflow.proto.SequenceExample;

/**
 * A feature of Examples, or a feature list of SequenceExamples, as a column.
 *
 * @param name of the feature
 * @param depth 0 for one value, 1 for a list of values, 2 for a list of values at each step
 */
public record ExampleColumn(String name, FeatureKind kind, int depth) implements Serializable {
  /** A record does not hold what a column wants. */
  public static final class MismatchException extends Exception {
    private static final long serialVersionUID = 1L;

    MismatchException(String message) {
      super(message);
    }
  }

  /**
   * The value of a record: a Long, a Float or a byte[]; at depth 1 a long[], float[] or byte[][];
   * at depth 2 an Object[] of these. Null if the record has no such feature, or at depth 0 one
   * without values.
   *
   * @param example an Example is one without lists
   * @throws MismatchException if the feature is of another kind or has another number of values
   */
  public Object of(SequenceExample example) throws MismatchException {
    Feature feature = example.getContext().getFeatureMap().get(name);
    FeatureList list = example.getFeatureLists().getFeatureListMap().get(name);
    if (feature != null && list != null) {
      throw mismatch("is both a feature and a list of features");
    }
    if (list != null) {
      return ofSteps(list.getFeatureList());
    }
    if (feature == null || !FeatureKind.isSet(feature)) {
      return null;
    }
    require(feature);
    return switch (depth) {
      case 0 -> ofOne(feature);
      case 1 -> kind.values(List.of(feature));
      default -> throw mismatch("is a feature, not a list of features");
    };
  }

  private Object ofOne(Feature feature) throws MismatchException {
    int count = FeatureKind.count(feature);
    if (count > 1) {
      throw mismatch("holds %s values, not one".formatted(count));
    }
    return count == 0 ? null : kind.value(feature);
  }

  private Object ofSteps(List<Feature> steps) throws MismatchException {
    if (depth == 0) {
      throw mismatch("is a list of features, not one value");
    }
    for (int i = 0; i < steps.size(); i++) {
      require(steps.get(i));
      int count = FeatureKind.count(steps.get(i));
      if (depth == 1 && count != 1) {
        throw mismatch("holds %s values at step %s, not one".formatted(count, i));
      }
    }
    return depth == 1
        ? kind.values(steps)
        : steps.stream().map(step -> kind.values(List.of(step))).toArray();
  }

  private void require(Feature feature) throws MismatchException {
    if (!kind.takes(feature)) {
      throw mismatch("holds %s, not %s".formatted(FeatureKind.of(feature).words(), kind.words()));
    }
    if (kind == FeatureKind.TEXT
        && !feature.getBytesList().getValueList().stream().allMatch(text -> text.isValidUtf8())) {
      throw mismatch("is not text in UTF-8");
    }
  }

  private MismatchException mismatch(String what) {
    return new MismatchException("the feature '%s' %s".formatted(name, what));
  }
}
