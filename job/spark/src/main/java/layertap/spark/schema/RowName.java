package layertap.spark.schema;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import scala.collection.Seq;

/** Names a row in messages, by some of its columns. */
public final class RowName {
  private RowName() {}

  /** The columns with their values; empty if there is none. */
  public static String of(Row row, List<Integer> positions) {
    List<String> parts = new ArrayList<>();
    for (int position : positions) {
      parts.add(row.schema().fields()[position].name() + "=" + shortText(row.get(position)));
    }
    return String.join(", ", parts);
  }

  private static String shortText(Object value) {
    if (value instanceof byte[] bytes) {
      return "(" + bytes.length + " bytes)";
    }
    if (value instanceof Instant time) {
      // In the time zone of the user.
      return LocalDateTime.ofInstant(time, ZoneId.systemDefault()).toString();
    }
    return value instanceof Seq<?> values
        ? "(%s values)".formatted(values.size())
        : String.valueOf(value);
  }
}
