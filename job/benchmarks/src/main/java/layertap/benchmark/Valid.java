package layertap.benchmark;

import java.util.List;
import layertap.extract.RowFeatures;

/** Fails where rows are invalid: what is refused is fast. */
final class Valid {
  private Valid() {}

  static List<RowFeatures> rows(List<RowFeatures> rows) {
    rows.stream()
        .filter(row -> !row.isValid())
        .findFirst()
        .ifPresent(
            row -> {
              throw new IllegalStateException("a row is invalid: " + row.error());
            });
    return rows;
  }
}
