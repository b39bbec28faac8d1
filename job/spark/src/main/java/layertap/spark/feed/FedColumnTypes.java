package layertap.spark.feed;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.FeedConversion.Holds;
import layertap.input.feed.PlannedFeed;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.RowValues;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * Whether the columns of feeds can hold what is fed, as far as their types tell: a type that makes
 * every row invalid is the configuration's error, not the rows'.
 */
public final class FedColumnTypes {
  private static final int DEEPEST_SEQUENCE = 2;

  /** More columns than that nobody wants to list. */
  private static final int MOST_JOINED = 100;

  private final FedColumn column;
  private final PlannedFeed feed;
  private final DataType type;
  private final Entrance entrance;

  private FedColumnTypes(FedColumn column) {
    this.column = column;
    this.feed = column.feed();
    this.type = column.type();
    this.entrance = column.entrance();
  }

  /**
   * Goes on only if each column's type is one that its feed is made of.
   *
   * @param types of the columns of all feeds, one after the other
   * @param columns in the same order
   * @param entrance whose words messages use
   * @throws UserException with the type and the remedy if one is not
   */
  public static void require(
      List<PlannedFeed> feeds, List<DataType> types, List<ColumnPath> columns, Entrance entrance) {
    int next = 0;
    for (PlannedFeed feed : feeds) {
      int end = next + feed.columns().size();
      for (; next < end; next++) {
        FedColumn column = new FedColumn(feed, columns.get(next), types.get(next), entrance);
        new FedColumnTypes(column).require();
      }
    }
  }

  private void require() {
    if (feed.conversion() instanceof FeedConversion.Image image) {
      requireImages(image.holds());
      return;
    }
    requireElements(column.element());
    if (feed.conversion() instanceof FeedConversion.Sequence) {
      requireSteps();
    } else if (!column.isJoined()) {
      requireNesting();
    }
  }

  private void requireImages(Holds holds) {
    if (holds == Holds.PATHS) {
      if (!(type instanceof StringType || type instanceof NullType)) {
        throw column.unfit("not paths", "name a column of strings, or leave holds = paths out");
      }
    } else if (type instanceof StringType) {
      throw column.unfit(
          "not encoded images",
          "for paths set image { holds = paths }, for base64 "
              + column.computing("unbase64(%s)".formatted(column.path().sql())));
    } else if (type instanceof StructType struct && RowValues.isImage(type)) {
      requireImageFields(struct);
    } else if (!(type instanceof BinaryType || type instanceof NullType)) {
      throw column.unfit(
          "not encoded images", "name a column of binary, or convert with tensor { … }");
    }
  }

  private void requireImageFields(StructType struct) {
    for (String size : List.of("height", "width", "nChannels")) {
      DataType found = struct.apply(size).dataType();
      if (!(found instanceof IntegralType || found instanceof NullType)) {
        throw column.unfit(
            "whose %s is %s, no whole number".formatted(size, found.simpleString()),
            "cast it to int " + entrance.beforehand());
      }
    }
    DataType data = struct.apply("data").dataType();
    if (!(data instanceof BinaryType || data instanceof NullType)) {
      throw column.unfit(
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
    if (!isOfNumbers && !(column.takesTexts() && isOfTexts)) {
      throw column.unfit(
          "of which no %s is made".formatted(dtype()), new ElementRemedy(column).text());
    }
  }

  private void requireSteps() {
    if (type instanceof NullType) {
      return;
    }
    int depth = column.depth();
    if (depth == 0) {
      throw column.unfit(
          "not an array of steps",
          column.mayStepBeOneValue() || column.isJoined()
              ? "convert with tensor { … }, or " + asArray()
              : "name a column of arrays of arrays of %s numbers".formatted(column.stepValues()));
    }
    if (depth == 1 && !column.isJoined() && !column.mayStepBeOneValue()) {
      throw column.unfit(
          "a step of which is one value",
          "let it hold arrays of %s, the values of a step".formatted(column.stepValues()));
    }
    if (depth > DEEPEST_SEQUENCE) {
      throw column.unfit(
          "arrays of depth %s".formatted(depth),
          column.computing("transform(%s, step -> flatten(step))".formatted(column.path().sql())));
    }
  }

  private void requireNesting() {
    TensorShape shape = feed.rowShape();
    int depth = column.depth();
    if (type instanceof NullType || !shape.isRankKnown() || shape.sizes().size() == depth) {
      return;
    }
    if (depth == 0 && shape.isFullyKnown() && shape.elementCount() != 1) {
      throw column.unfit(
          "one value, where a row has the shape " + shape,
          shape.elementCount() > MOST_JOINED
              ? "name a column of arrays"
              : "join %s columns with columns = [...], or name a column of arrays"
                  .formatted(shape.elementCount()));
    }
    if (depth > 1) {
      throw column.unfit(
          "arrays of depth %s, where a row has the shape %s".formatted(depth, shape),
          column.computing(FedColumn.flattened(column.path().sql(), depth)));
    }
  }

  private String asArray() {
    return column.computing("array(%s)".formatted(column.path().sql()));
  }

  private String dtype() {
    return Dtype.nameOf(feed.point().dtype());
  }
}
