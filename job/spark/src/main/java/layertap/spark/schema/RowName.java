package layertap.spark.schema;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.Map;
import scala.collection.Seq;

/** Names a row in messages, by some of its columns. */
public final class RowName {
  private RowName() {}

  /** The columns with their values; empty if there is none. */
  public static String of(Row row, List<Integer> positions) {
    return of(row, positions, List.of(), List.of());
  }

  /**
   * The same.
   *
   * @param carried positions of columns whose texts may be carried as bytes
   * @param fields these columns as they are meant
   */
  public static String of(
      Row row, List<Integer> positions, List<Integer> carried, List<StructField> fields) {
    List<String> parts = new ArrayList<>();
    for (int position : positions) {
      int place = carried.indexOf(position);
      StructField field = place < 0 ? row.schema().fields()[position] : fields.get(place);
      parts.add(field.name() + "=" + shortText(row.get(position), field.dataType()));
    }
    return String.join(", ", parts);
  }

  private static String shortText(Object value, DataType type) {
    if (value instanceof byte[] bytes) {
      return type instanceof StringType
          ? new String(bytes, StandardCharsets.UTF_8)
          : "(" + bytes.length + " bytes)";
    }
    if (value instanceof Row struct && type instanceof StructType members) {
      return IntStream.range(0, members.length())
          .mapToObj(i -> shortText(struct.get(i), members.fields()[i].dataType()))
          .collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof Instant time) {
      // In the time zone of the user.
      return LocalDateTime.ofInstant(time, ZoneId.systemDefault()).toString();
    }
    if (value instanceof Map<?, ?> entries) {
      return "(%s entries)".formatted(entries.size());
    }
    return value instanceof Seq<?> values
        ? "(%s values)".formatted(values.size())
        : String.valueOf(value);
  }
}
