package layertap.spark.feed;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.SqlNames;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A column, or a field inside one, that something is fed from; as a user writes it, whatever the
 * characters of its names.
 *
 * @param names of the column, then of each field on the way
 * @param columns that there are
 */
public record ColumnPath(List<String> names, List<String> columns) {
  /** A name that SQL takes without quotes, and for nothing but a name. */
  private static final Pattern PLAIN =
      Pattern.compile(
          "(?i)(?!(null|true|false|not|case|exists|all|distinct|interval)$)[A-Z_][A-Z0-9_]*");

  private static final Pattern PLAIN_VALUE = Pattern.compile("[A-Za-z0-9_.-]+");

  public ColumnPath {
    names = List.copyOf(names);
    columns = List.copyOf(columns);
  }

  /**
   * What a text names.
   *
   * @param columns that there are: a column is found by its whole name, though it may hold dots
   */
  public static ColumnPath of(String text, List<String> columns) {
    return new ColumnPath(
        columns.contains(text)
            ? List.of(text)
            : CollectionConverters.asJava(UnresolvedAttribute.parseAttributeName(text)),
        columns);
  }

  /** A field inside. */
  public ColumnPath field(String name) {
    return new ColumnPath(Stream.concat(names.stream(), Stream.of(name)).toList(), columns);
  }

  /** As {@code column} of a feed names it. */
  public String text() {
    return names.size() == 1
        ? names.get(0)
        : names.stream().map(ColumnPath::part).collect(Collectors.joining("."));
  }

  /** As a value of the configuration: HOCON wants quotes around some characters. */
  public String value() {
    return PLAIN_VALUE.matcher(text()).matches() ? text() : Entrance.inQuotes(text());
  }

  /** As an expression of SQL names it. */
  public String sql() {
    return names.stream()
        .map(name -> PLAIN.matcher(name).matches() ? name : SqlNames.quoted(name))
        .collect(Collectors.joining("."));
  }

  /** A name for a column that is made of this one: its own; of a field one that is free. */
  public String made() {
    String made = String.join("_", names);
    while (names.size() > 1 && columns.stream().anyMatch(made::equalsIgnoreCase)) {
      made += "_";
    }
    return made;
  }

  private static String part(String name) {
    return name.contains(".") || name.contains("`") ? SqlNames.quoted(name) : name;
  }
}
