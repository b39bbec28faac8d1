package layertap.spark.run;

import java.util.Iterator;
import java.util.List;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.FeedConversion.Holds;
import layertap.input.feed.PlannedFeed;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.NestedType;
import layertap.spark.schema.RowValues;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Whether the columns of feeds can hold what is fed, as far as their types tell: a type that makes
 * every row invalid is the configuration's error, not the rows'.
 */
final class FedColumnTypes {
  private static final int DEEPEST_SEQUENCE = 2;

  private final PlannedFeed feed;
  private final String column;
  private final DataType type;
  private final Entrance entrance;

  private FedColumnTypes(PlannedFeed feed, String column, DataType type, Entrance entrance) {
    this.entrance = entrance;
    this.feed = feed;
    this.column = column;
    this.type = type;
  }

  /**
   * Goes on only if each column's type is one that its feed is made of.
   *
   * @param types of the columns of all feeds, one after the other
   * @param entrance whose words messages use
   * @throws UserException with the type and the remedy if one is not
   */
  static void require(List<PlannedFeed> feeds, List<DataType> types, Entrance entrance) {
    Iterator<DataType> next = types.iterator();
    for (PlannedFeed feed : feeds) {
      for (String column : feed.columns()) {
        new FedColumnTypes(feed, column, next.next(), entrance).require();
      }
    }
  }

  private void require() {
    if (feed.conversion() instanceof FeedConversion.Image image) {
      requireImages(image.holds());
      return;
    }
    requireElements(element(type));
    if (feed.conversion() instanceof FeedConversion.Sequence) {
      requireSteps();
    } else if (feed.columns().size() == 1) {
      requireNesting();
    }
  }

  private void requireImages(Holds holds) {
    if (holds == Holds.PATHS) {
      if (!(type instanceof StringType || type instanceof NullType)) {
        throw unfit("not paths", "name a column of strings, or leave holds = paths out");
      }
    } else if (type instanceof StringType) {
      throw unfit(
          "not encoded images",
          "for paths set image { holds = paths }, for base64 "
              + select("unbase64(%s)".formatted(column)));
    } else if (type instanceof StructType struct && RowValues.isImage(type)) {
      requireImageFields(struct);
    } else if (!(type instanceof BinaryType || type instanceof NullType)) {
      throw unfit("not encoded images", "name a column of binary, or convert with tensor { … }");
    }
  }

  private void requireImageFields(StructType struct) {
    for (String size : List.of("height", "width", "nChannels")) {
      DataType found = struct.apply(size).dataType();
      if (!(found instanceof IntegralType || found instanceof NullType)) {
        throw unfit(
            "whose %s is %s, no whole number".formatted(size, found.simpleString()),
            "cast it to int " + entrance.beforehand());
      }
    }
    DataType data = struct.apply("data").dataType();
    if (!(data instanceof BinaryType || data instanceof NullType)) {
      throw unfit(
          "whose data is %s, not binary".formatted(data.simpleString()),
          "cast it to binary " + entrance.beforehand());
    }
  }

  private void requireElements(DataType element) {
    boolean isOfNumbers =
        element instanceof NumericType
            || element instanceof BooleanType
            || element instanceof NullType;
    boolean isOfTexts =
        element instanceof StringType
            || element instanceof BinaryType
            || element instanceof DateType;
    if (!isOfNumbers && !(takesTexts() && isOfTexts)) {
      throw unfit("of which no %s is made".formatted(dtype()), elementRemedy(element));
    }
  }

  private String elementRemedy(DataType element) {
    String taken = takesTexts() ? "string" : sqlType();
    if (element instanceof BinaryType) {
      return "if these are encoded images, write { %s, column = %s, image {} }; else make numbers of them %s"
          .formatted(feed.target().text(), column, entrance.beforehand());
    }
    if (element instanceof StructType struct && struct.length() > 0) {
      return "name one of its fields: column = %s.%s".formatted(column, struct.fieldNames()[0]);
    }
    if (element instanceof MapType) {
      return select("map_values(%s)".formatted(column));
    }
    boolean isTime = element instanceof TimestampType || element instanceof TimestampNTZType;
    if (isTime && !takesTexts()) {
      return select("unix_micros(%s)".formatted(column));
    }
    if (element instanceof DateType) {
      return select("unix_date(%s)".formatted(column));
    }
    // A cast of a text that is no number fails the job; this gives an invalid row.
    return select("try_cast(%s AS %s)".formatted(column, nested(taken, depth(type))));
  }

  private String sqlType() {
    return switch (feed.point().dtype()) {
      case DT_DOUBLE -> "double";
      case DT_INT64, DT_UINT32, DT_UINT64 -> "bigint";
      case DT_BOOL -> "boolean";
      case DT_HALF, DT_BFLOAT16, DT_FLOAT -> "float";
      default -> "int";
    };
  }

  private void requireSteps() {
    if (type instanceof NullType) {
      return;
    }
    int depth = depth(type);
    if (depth == 0) {
      throw unfit("not an array of steps", "convert with tensor { … }, or " + asArray());
    }
    List<Long> step = feed.rowShape().sizes().subList(1, feed.rowShape().sizes().size());
    boolean isKnown = !step.contains(TensorShape.UNKNOWN);
    long values = step.stream().reduce(1L, (a, b) -> a * b);
    if (depth == 1 && feed.columns().size() == 1 && isKnown && values != 1) {
      throw unfit(
          "a step of which is one value",
          "let it hold arrays of %s, the values of a step".formatted(values));
    }
    if (depth > DEEPEST_SEQUENCE) {
      throw unfit(
          "arrays of depth %s".formatted(depth),
          select("transform(%s, step -> flatten(step))".formatted(column)));
    }
  }

  private void requireNesting() {
    TensorShape shape = feed.rowShape();
    int depth = depth(type);
    if (type instanceof NullType || !shape.isRankKnown() || shape.sizes().size() == depth) {
      return;
    }
    if (depth == 0 && shape.isFullyKnown() && shape.elementCount() != 1) {
      throw unfit(
          "one value, where a row has the shape " + shape,
          "join columns with columns = [...], or " + asArray());
    }
    if (depth > 1) {
      String flat = column;
      for (int i = 1; i < depth; i++) {
        flat = "flatten(%s)".formatted(flat);
      }
      throw unfit(
          "arrays of depth %s, where a row has the shape %s".formatted(depth, shape), select(flat));
    }
  }

  private String asArray() {
    return select("array(%s)".formatted(column));
  }

  private boolean takesTexts() {
    return feed.point().dtype() == org.tensorflow.proto.DataType.DT_STRING;
  }

  private String dtype() {
    return Dtype.nameOf(feed.point().dtype());
  }

  private String select(String expression) {
    String name = column.substring(column.lastIndexOf('.') + 1);
    return entrance.computing(name, expression);
  }

  private static DataType element(DataType type) {
    DataType element = NestedType.of(type).element();
    return isVector(element) ? DataTypes.DoubleType : element;
  }

  private static int depth(DataType type) {
    NestedType nested = NestedType.of(type);
    return isVector(nested.element()) ? nested.depth() + 1 : nested.depth();
  }

  private static boolean isVector(DataType type) {
    return type.equals(SQLDataTypes.VectorType());
  }

  private static String nested(String type, int depth) {
    return "array<".repeat(depth) + type + ">".repeat(depth);
  }

  private UserException unfit(String fact, String remedy) {
    return new UserException(
        "cannot feed '%s' to %s: the column's type is %s, %s; %s"
            .formatted(column, feed.target().text(), type.simpleString(), fact, remedy));
  }
}
