package layertap.extract.serving;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import layertap.failure.BadRowException;
import layertap.failure.NearestNames;
import layertap.input.feed.PlannedFeed;

/** Takes the values of a plan's feeds out of rows of plain Java. Immutable. */
final class RowReader {
  private final List<PlannedFeed> feeds;
  private final List<PlainValues> conversions;
  private final int columns;

  RowReader(List<PlannedFeed> feeds) {
    this.feeds = List.copyOf(feeds);
    this.conversions = feeds.stream().map(PlainValues::new).toList();
    this.columns = feeds.stream().mapToInt(feed -> feed.columns().size()).sum();
  }

  /** The columns of all feeds, each once. */
  List<String> columns() {
    LinkedHashSet<String> names = new LinkedHashSet<>();
    feeds.forEach(feed -> names.addAll(feed.columns()));
    return List.copyOf(names);
  }

  /**
   * The values of the feeds' columns, in the order of the plan.
   *
   * @throws BadRowException if one is not there, or cannot be fed
   */
  Object[] read(Map<String, ?> row) {
    List<Object> values = new ArrayList<>(columns);
    for (int i = 0; i < feeds.size(); i++) {
      for (String column : feeds.get(i).columns()) {
        try {
          values.add(conversions.get(i).of(value(row, column)));
        } catch (BadRowException e) {
          throw new BadRowException("%s: %s".formatted(column, e.getMessage()), e);
        }
      }
    }
    return values.toArray();
  }

  /** A value, or one in a map of the row: {@code image.data}. */
  private static Object value(Map<?, ?> row, String column) {
    if (row.containsKey(column)) {
      return row.get(column);
    }
    for (int dot = column.indexOf('.'); dot > 0; dot = column.indexOf('.', dot + 1)) {
      String outer = column.substring(0, dot);
      if (row.containsKey(outer)) {
        Object inner = row.get(outer);
        if (inner == null) {
          return null;
        }
        if (inner instanceof Map<?, ?> struct) {
          return value(struct, column.substring(dot + 1));
        }
      }
    }
    TreeSet<String> names = new TreeSet<>();
    row.keySet().forEach(name -> names.add(String.valueOf(name)));
    throw new BadRowException(
        names.isEmpty()
            ? "the row has no such column, nor any other"
            : "the row has no such column; nearest: %s"
                .formatted(String.join(", ", NearestNames.of(column, names))));
  }
}
