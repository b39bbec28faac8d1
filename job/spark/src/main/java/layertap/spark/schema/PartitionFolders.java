package layertap.spark.schema;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.spark.version.HiddenNames;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * The folders that an output is split into. The name of a folder is all that is left of a value:
 * two values of one name would become one, and a key would not be found again.
 *
 * @param columns by whose values the output is split
 * @param zone in which instants become names of folders
 * @param longestName in bytes
 */
public record PartitionFolders(List<Column> columns, String zone, int longestName)
    implements Serializable {
  /** How many bytes of a name file systems take; object stores have no such bound. */
  public static final int LONGEST_FILE_NAME = 255;

  private static final String NULL_NAME = ExternalCatalogUtils.DEFAULT_PARTITION_NAME();
  private static final int SHORT = 60;
  private static final String REPLACE = "replace it in input.select";

  /** A column by whose values the output is split. */
  public record Column(String name, int position, DataType type) implements Serializable {}

  public PartitionFolders {
    columns = List.copyOf(columns);
  }

  /**
   * The folders of an output.
   *
   * @param names of columns of the rows
   * @throws UserException if different values of a column's type can have the same folder
   */
  public static PartitionFolders of(
      StructType rows, List<String> names, String zone, int longestName) {
    List<Column> columns = new ArrayList<>();
    for (String name : names) {
      int position = rows.fieldIndex(name);
      requireNameable(rows.fields()[position]);
      requireSeen(name);
      columns.add(new Column(name, position, rows.fields()[position].dataType()));
    }
    return new PartitionFolders(columns, zone, longestName);
  }

  private static void requireNameable(StructField field) {
    DataType type = field.dataType();
    boolean isNameable =
        (type instanceof StringType && !isCollated(type))
            || type instanceof NumericType
            || type instanceof BooleanType
            || type instanceof DateType
            || type instanceof TimestampType
            || type instanceof TimestampNTZType;
    if (!isNameable) {
      throw new UserException(
          "cannot split the output by '%s': its type is %s, of which different values can have the same folder; %s"
              .formatted(field.name(), type.simpleString(), remedy(field)));
    }
  }

  private static void requireSeen(String column) {
    if (HiddenNames.DEFAULT.contains(column + "=")) {
      throw new UserException(
          ("cannot split the output by '%s': readers pass over folders whose names begin with a dot;"
                  + " give the column another name in input.select")
              .formatted(column));
    }
  }

  private static boolean isCollated(DataType type) {
    return type.simpleString().contains(" collate ");
  }

  private static String remedy(StructField field) {
    String set = "set input.select { %s = \"%s\" }";
    if (field.dataType() instanceof BinaryType) {
      return set.formatted(field.name(), "hex(%s)".formatted(field.name()));
    }
    return field.dataType() instanceof StringType
        ? set.formatted(field.name(), field.name() + " COLLATE UTF8_BINARY")
        : "let output.partition-by name columns of numbers, strings, dates or times";
  }

  /** The names of the columns. */
  public List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /**
   * What differs from folders that were named in another zone, where an instant would not be found
   * again; empty if nothing does.
   */
  public Optional<String> differenceIn(String otherZone) {
    boolean areOfInstants = columns.stream().anyMatch(c -> c.type() instanceof TimestampType);
    return areOfInstants && !hasRulesOf(otherZone)
        ? Optional.of(
            "instants in names of its folders are of the time zone %s, this run's of %s (spark.sql.session.timeZone)"
                .formatted(otherZone, zone))
        : Optional.empty();
  }

  private boolean hasRulesOf(String otherZone) {
    try {
      return rules(zone).equals(rules(otherZone));
    } catch (DateTimeException e) {
      // A newer Java knew it.
      return zone.equals(otherZone);
    }
  }

  private static ZoneRules rules(String zone) {
    return DateTimeUtils.getZoneId(zone).getRules();
  }

  /**
   * Goes on only if each value of a row can be read from the name of its folder.
   *
   * @throws UserException if one cannot
   */
  public void require(Row row) {
    for (Column column : columns) {
      Object value = row.get(column.position());
      if (column.type() instanceof StringType && value != null) {
        requireText(column, exact(value).orElseThrow(() -> noText(column)));
      } else if (value instanceof Instant instant) {
        requireInstant(column, instant);
      }
    }
  }

  /** Whether a value of a row has the folder of nulls. */
  public static boolean isEmptyText(Column column, Object value) {
    return column.type() instanceof StringType
        && (value instanceof byte[] bytes ? bytes.length == 0 : "".equals(value));
  }

  /** The text that a value is; empty for other values, and for bytes that are no UTF-8. */
  private static Optional<String> exact(Object value) {
    if (value instanceof String text) {
      return Optional.of(text);
    }
    try {
      return value instanceof byte[] bytes
          ? Optional.of(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString())
          : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static UserException noText(Column column) {
    return refused(
        column,
        "a text that is not UTF-8",
        "set input.select { %s = \"hex(%s)\" }, or filter the row"
            .formatted(column.name(), column.name()));
  }

  private void requireText(Column column, String text) {
    if (text.equals(NULL_NAME)) {
      throw refused(
          column,
          "'%s', which is the name of the folder of nulls".formatted(text),
          "set input.select { %s = \"nullif(%s, '%s')\" }, or filter the row"
              .formatted(column.name(), column.name(), text));
    }
    if (HiddenNames.DEFAULT.contains(column.name() + "=" + text)) {
      throw refused(
          column, "'%s', as files are named that are being copied".formatted(text), REPLACE);
    }
    if (text.indexOf('\0') >= 0) {
      throw refused(column, "a text with a character of code 0", REPLACE);
    }
    if (text.length() > SHORT && nameBytes(column, text) > longestName) {
      throw refused(
          column,
          "a text of %s characters, which is too long for the name of a folder"
              .formatted(text.length()),
          "shorten it in input.select, as by left(%s, 50) or md5(%s)"
              .formatted(column.name(), column.name()));
    }
  }

  private static int nameBytes(Column column, String text) {
    String name = ExternalCatalogUtils.getPartitionPathString(column.name(), text);
    return name.getBytes(StandardCharsets.UTF_8).length;
  }

  private void requireInstant(Column column, Instant instant) {
    ZoneRules rules = rules(zone);
    LocalDateTime local =
        LocalDateTime.ofEpochSecond(
            instant.getEpochSecond(), instant.getNano(), rules.getOffset(instant));
    if (rules.getValidOffsets(local).size() > 1) {
      throw refused(
          column,
          "%s, which is %s in the time zone %s, as another instant is, too"
              .formatted(instant, local, zone),
          "set spark.sql.session.timeZone to UTC, or split by a text or a date of it");
    }
  }

  private static UserException refused(Column column, String value, String remedy) {
    return new UserException(
        "cannot split the output by '%s': a row has %s; %s"
            .formatted(column.name(), value, remedy));
  }
}
