package layertap.spark.feed;

import java.util.Collection;
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
 */
public record ColumnPath(List<String> names) {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private static final Pattern PLAIN_VALUE = Pattern.compile("[A-Za-z0-9_.-]+");

  public ColumnPath {
    names = List.copyOf(names);
  }

  /**
   * What a text names.
   *
   * @param columns that there are: a column is found by its whole name, though it may hold dots
   */
  public static ColumnPath of(String text, Collection<String> columns) {
    return new ColumnPath(
        columns.contains(text)
            ? List.of(text)
            : CollectionConverters.asJava(UnresolvedAttribute.parseAttributeName(text)));
  }

  /** A field inside. */
  public ColumnPath field(String name) {
    return new ColumnPath(Stream.concat(names.stream(), Stream.of(name)).toList());
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

  /** A name for a column that is made of this one: its own, unless that is a field's. */
  public String made() {
    return String.join("_", names);
  }

  private static String part(String name) {
    return name.contains(".") || name.contains("`") ? SqlNames.quoted(name) : name;
  }
}
