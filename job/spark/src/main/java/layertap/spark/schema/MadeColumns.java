package layertap.spark.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import layertap.failure.UserException;
import layertap.spark.failure.InputFailures;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.UnresolvedNamedLambdaVariable;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * New columns by SQL expressions. A configuration's object has no order, so each is made after
 * those that its expression names; where a name could mean a column as it is in the input or as it
 * is made anew, it is refused.
 *
 * <pre>
 *   z = "x + y", y = "2 * x"   ─▶   y, then z
 *   b = "b + 1"                ─▶   of the input's b
 *   b = "b + 1", old = "b"     ─▶   refused: which b is old?
 * </pre>
 */
public final class MadeColumns {
  private final SparkSession spark;
  private final Set<String> there;
  private final Map<String, String> wanted;
  private final List<String> order = new ArrayList<>();

  private MadeColumns(Dataset<Row> rows, Map<String, String> wanted) {
    this.spark = rows.sparkSession();
    this.there = caseless(Arrays.asList(rows.columns()));
    this.wanted = wanted;
  }

  /**
   * The rows with the columns added. Driver only; nothing is read.
   *
   * @param wanted SQL expressions, by the names of the new columns
   * @throws UserException if it is open which column an expression means
   */
  public static Dataset<Row> add(Dataset<Row> rows, Map<String, String> wanted) {
    MadeColumns made = new MadeColumns(rows, wanted);
    wanted.keySet().forEach(name -> made.place(name, new ArrayDeque<>()));
    Dataset<Row> all = rows;
    for (String name : made.order) {
      Dataset<Row> before = all;
      all =
          InputFailures.naming(
              "input.select." + name,
              () -> before.withColumn(name, functions.expr(wanted.get(name))));
    }
    return all;
  }

  /** Puts a column behind those that it is made from. */
  private void place(String name, Deque<String> above) {
    if (order.contains(name)) {
      return;
    }
    if (above.contains(name)) {
      throw new UserException(
          ("cannot make the column '%s': it and '%s' are made from each other; let input.select make"
                  + " one of them from columns of the input alone")
              .formatted(name, above.getLast()));
    }
    above.addLast(name);
    Set<String> named = caseless(List.of());
    parsed(wanted.get(name)).ifPresent(parsed -> addNames(parsed, Set.of(), named));
    for (String other : wanted.keySet()) {
      if (named.contains(other) && !other.equals(name)) {
        requireOne(name, other);
        place(other, above);
      }
    }
    above.removeLast();
    order.add(name);
  }

  private void requireOne(String name, String other) {
    if (there.contains(other)) {
      throw new UserException(
          ("cannot make the column '%s': its expression names '%s', which is in the input, and which"
                  + " input.select makes anew; give the new '%s' another name")
              .formatted(name, other, other));
    }
  }

  /** What cannot be parsed Spark refuses in its own words when the column is added. */
  private Optional<Expression> parsed(String text) {
    try {
      return Optional.of(spark.sessionState().sqlParser().parseExpression(text));
    } catch (ParseException e) {
      return Optional.empty();
    }
  }

  /**
   * Adds the names of the columns in an expression, of nested ones the outermost.
   *
   * @param bound parameters of the functions around it
   */
  private static void addNames(Expression expression, Set<String> bound, Set<String> named) {
    if (expression instanceof UnresolvedAttribute column) {
      named.add(column.nameParts().head());
    } else if (expression instanceof UnresolvedNamedLambdaVariable variable) {
      // All names in the body of a function, columns too.
      String name = variable.nameParts().head();
      if (!bound.contains(name)) {
        named.add(name);
      }
    } else if (expression instanceof LambdaFunction function) {
      Set<String> inner = caseless(bound);
      CollectionConverters.asJava(function.arguments())
          .forEach(argument -> inner.add(argument.name()));
      addNames(function.function(), inner, named);
    } else {
      CollectionConverters.asJava(expression.children())
          .forEach(child -> addNames(child, bound, named));
    }
  }

  private static Set<String> caseless(Collection<String> names) {
    Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    set.addAll(names);
    return set;
  }
}
