package layertap.input.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import layertap.failure.UserException;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.SequenceExample;

/**
 * Infers columns from records: a feature that has exactly one value in each of them is one value,
 * any other a list; of a feature list each step is, by the same rule, a value or a list. Not
 * thread-safe.
 */
public final class ExampleColumns {
  private final Map<String, ExampleColumn> columns = new TreeMap<>();

  /**
   * Looks at a record.
   *
   * @throws UserException if a feature is of another kind than it was before
   */
  public void add(SequenceExample example) {
    example.getContext().getFeatureMap().forEach((name, feature) -> add(name, feature, 0));
    example
        .getFeatureLists()
        .getFeatureListMap()
        .forEach((name, list) -> list.getFeatureList().forEach(step -> add(name, step, 1)));
  }

  /**
   * The columns, by name.
   *
   * @throws UserException if two names differ in case alone
   */
  public List<ExampleColumn> columns() {
    Map<String, String> byLower = new TreeMap<>();
    for (String name : columns.keySet()) {
      String before = byLower.put(name.toLowerCase(Locale.ROOT), name);
      if (before != null) {
        throw new UserException(
            ("cannot infer the columns of the TFRecord files: the features '%s' and '%s' differ in"
                    + " upper and lower case alone, which columns do not; name the columns that you"
                    + " need in input.schema")
                .formatted(before, name));
      }
    }
    return new ArrayList<>(columns.values());
  }

  private void add(String name, Feature feature, int depthOfOne) {
    if (!FeatureKind.isSet(feature)) {
      return;
    }
    int depth = depthOfOne + (FeatureKind.count(feature) == 1 ? 0 : 1);
    columns.merge(
        name, new ExampleColumn(name, FeatureKind.of(feature), depth), ExampleColumns::merged);
  }

  private static ExampleColumn merged(ExampleColumn before, ExampleColumn now) {
    if (before.kind() != now.kind()) {
      throw new UserException(
          ("cannot infer the columns of the TFRecord files: the feature '%s' holds %s in one record"
                  + " and %s in another; name the columns that you need, with the types that you"
                  + " mean, in input.schema")
              .formatted(now.name(), before.kind().words(), now.kind().words()));
    }
    return before.depth() > now.depth() ? before : now;
  }
}
