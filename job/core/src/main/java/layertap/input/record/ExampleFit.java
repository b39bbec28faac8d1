package layertap.input.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import layertap.failure.NearestNames;
import layertap.input.record.ExampleColumn.MismatchException;
import org.tensorflow.proto.SequenceExample;

/** Whether some records hold what columns want that a user names. Not thread-safe. */
public final class ExampleFit {
  private final List<ExampleColumn> columns;
  private final Set<String> names = new TreeSet<>();
  private final Set<String> fitting = new TreeSet<>();
  private final Map<String, String> mismatches = new TreeMap<>();
  private int records;

  public ExampleFit(List<ExampleColumn> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Looks at a record. */
  public void add(SequenceExample example) {
    records++;
    names.addAll(example.getContext().getFeatureMap().keySet());
    names.addAll(example.getFeatureLists().getFeatureListMap().keySet());
    for (ExampleColumn column : columns) {
      try {
        if (column.of(example) != null) {
          fitting.add(column.name());
        }
      } catch (MismatchException e) {
        mismatches.putIfAbsent(column.name(), e.getMessage());
      }
    }
  }

  /**
   * What is said of columns that none of the records fits, in their order. A feature may be rare,
   * so that this is no error.
   */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (ExampleColumn column : columns) {
      String name = column.name();
      if (records == 0 || fitting.contains(name)) {
        continue;
      }
      if (mismatches.containsKey(name)) {
        warnings.add(
            ("input.schema gives '%s' a type that none of the first %s records fits: %s; correct the"
                    + " type, or leave input.schema out to have types inferred")
                .formatted(name, records, mismatches.get(name)));
      } else if (!names.contains(name)) {
        warnings.add(
            ("input.schema names '%s', but none of the first %s records has such a feature; nearest:"
                    + " %s")
                .formatted(name, records, String.join(", ", NearestNames.of(name, names))));
      }
    }
    return warnings;
  }
}
