package layertap.spark.read;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import layertap.failure.OutputException;
import layertap.spark.schema.SqlNames;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InputFileName;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.jdk.javaapi.CollectionConverters;

/** What computes the columns of rows, as far as Spark's plan tells. */
final class ColumnOrigin {
  private final Map<ExprId, Expression> computed = new HashMap<>();
  private final Dataset<Row> rows;

  /** Looks at what makes the rows. */
  ColumnOrigin(Dataset<Row> rows) {
    this.rows = rows;
    nodes(rows.queryExecution().analyzed())
        .flatMap(node -> CollectionConverters.asJava(node.expressions()).stream())
        .forEach(this::collect);
  }

  private void collect(Expression expression) {
    if (expression instanceof Alias alias) {
      computed.put(alias.exprId(), alias.child());
    }
  }

  /**
   * Goes on only if rows can be found again by a column.
   *
   * @throws OutputException if a function may give it other values in another run
   */
  void requireSteady(String column) {
    LogicalPlan chosen = rows.select(rows.col(SqlNames.quoted(column))).queryExecution().analyzed();
    changing(chosen.output().head(), new HashSet<>())
        .ifPresent(
            function -> {
              throw new OutputException(
                  ("cannot find rows again by '%s': %s may give them other values in another run;"
                          + " let output.key name columns that the input has")
                      .formatted(column, function.sql()));
            });
  }

  /** What changes, if something does. An alias may have the id of the column it is made of. */
  private Optional<Expression> changing(Expression expression, Set<ExprId> followed) {
    if (expression instanceof NamedExpression named
        && computed.containsKey(named.exprId())
        && followed.add(named.exprId())) {
      return changing(computed.get(named.exprId()), followed);
    }
    Collection<Expression> children = CollectionConverters.asJava(expression.children());
    boolean isChanging =
        !expression.deterministic()
            && children.stream().allMatch(Expression::deterministic)
            // The same for a row whenever it is read, or for a group whose rows agree.
            && !(expression instanceof InputFileName || expression instanceof AggregateFunction);
    return isChanging
        ? Optional.of(expression)
        : children.stream().flatMap(child -> changing(child, followed).stream()).findFirst();
  }

  private static Stream<LogicalPlan> nodes(LogicalPlan plan) {
    return Stream.concat(
        Stream.of(plan),
        CollectionConverters.asJava(plan.children()).stream().flatMap(ColumnOrigin::nodes));
  }
}
