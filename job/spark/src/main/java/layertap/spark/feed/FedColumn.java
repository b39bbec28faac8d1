package layertap.spark.feed;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.TensorShape;
import layertap.input.feed.PlannedFeed;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.NestedType;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A column that something is fed from.
 *
 * @param entrance whose words messages use
 */
record FedColumn(PlannedFeed feed, ColumnPath path, DataType type, Entrance entrance) {

  boolean takesTexts() {
    return feed.point().dtype() == org.tensorflow.proto.DataType.DT_STRING;
  }

  boolean isJoined() {
    return feed.columns().size() > 1;
  }

  /** What arrays in arrays hold; of a vector, numbers. */
  DataType element() {
    DataType element = NestedType.of(type).element();
    return isVector(element) ? DataTypes.DoubleType : element;
  }

  /** How many arrays stand in each other. */
  int depth() {
    NestedType nested = NestedType.of(type);
    return isVector(nested.element()) ? nested.depth() + 1 : nested.depth();
  }

  private static boolean isVector(DataType type) {
    return type.equals(SQLDataTypes.VectorType());
  }

  /** How many values a step has, if the column is fed as steps. */
  long stepValues() {
    return stepSizes().stream().reduce(1L, (a, b) -> a * b);
  }

  boolean mayStepBeOneValue() {
    return stepSizes().contains(TensorShape.UNKNOWN) || stepValues() == 1;
  }

  private List<Long> stepSizes() {
    return feed.rowShape().sizes().subList(1, feed.rowShape().sizes().size());
  }

  /** How a user makes a column that fits of this one. */
  String computing(String expression) {
    String computing = entrance.computing(path.made(), expression);
    return path.names().size() == 1
        ? computing
        : "%s and feed it: column = %s"
            .formatted(computing, new ColumnPath(List.of(path.made()), path.columns()).value());
  }

  UserException unfit(String fact, String remedy) {
    return new UserException(
        "cannot feed '%s' to %s: the column's type is %s, %s; %s"
            .formatted(path.text(), feed.target().text(), type.simpleString(), fact, remedy));
  }

  /** An expression of arrays in arrays, so many deep, as one of a single array. */
  static String flattened(String arrays, int depth) {
    return "flatten(".repeat(depth - 1) + arrays + ")".repeat(depth - 1);
  }
}
