package layertap.spark.feed;

import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.spark.schema.NestedType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** What a user can do where nothing is made of what a column's arrays hold. */
final class ElementRemedy {
  private final FedColumn column;
  private final DataType element;

  ElementRemedy(FedColumn column) {
    this.column = column;
    this.element = column.element();
  }

  String text() {
    String name = column.path().sql();
    if (element instanceof BinaryType) {
      return "if these are encoded images, write { %s, column = %s, image {} }; else make numbers of them %s"
          .formatted(
              column.feed().target().text(), column.path().value(), column.entrance().beforehand());
    }
    if (element instanceof StructType struct && struct.length() > 0) {
      return "name one of its fields: column = "
          + column.path().field(struct.fieldNames()[0]).value();
    }
    if (element instanceof MapType map) {
      return column.computing(ofMaps(map));
    }
    boolean isTime = element instanceof TimestampType || element instanceof TimestampNTZType;
    if (isTime && !column.takesTexts()) {
      String micros =
          element instanceof TimestampType
              ? "unix_micros(%s)"
              : "unix_micros(CAST(%s AS timestamp))";
      return column.computing(ofEach(micros, name, column.depth()));
    }
    if (element instanceof DateType) {
      return column.computing(ofEach("unix_date(%s)", name, column.depth()));
    }
    return element instanceof StringType && column.depth() < fewestDepth() ? ofTexts() : ofValues();
  }

  private String ofMaps(MapType map) {
    String values = ofEach("map_values(%s)", column.path().sql(), column.depth());
    int depth = column.depth() + 1 + NestedType.of(map.valueType()).depth();
    boolean isOfSteps = column.feed().conversion() instanceof FeedConversion.Sequence;
    TensorShape shape = column.feed().rowShape();
    boolean isAsRows = shape.isRankKnown() && shape.sizes().size() == depth;
    return isOfSteps || isAsRows ? values : FedColumn.flattened(values, depth);
  }

  /** What an expression makes of each element of arrays, however deep these are. */
  private static String ofEach(String expression, String arrays, int depth) {
    if (depth == 0) {
      return expression.formatted(arrays);
    }
    String each = depth == 1 ? "value" : "values" + depth;
    return "transform(%s, %s -> %s)".formatted(arrays, each, ofEach(expression, each, depth - 1));
  }

  private String ofValues() {
    // A variant may hold arrays.
    boolean mayBeArray = element.typeName().equals("variant") && column.depth() == 0;
    String wanted = nested(mayBeArray ? fewestDepth() : column.depth());
    // A cast of a text that is no number fails the job; this gives an invalid row.
    return column.computing("try_cast(%s AS %s)".formatted(column.path().sql(), wanted));
  }

  /** Each text holds a row or a step. Where JSON's values differ in type, Spark reads texts. */
  private String ofTexts() {
    String name = column.path().sql();
    boolean isOfSteps = column.depth() > 0;
    String text = isOfSteps ? "step" : name;
    String numbers = nested(fewestDepth() - column.depth());
    String inJson = "from_json(%s, '%s')".formatted(text, numbers);
    String split = "try_cast(split(%s, ' ') AS %s)".formatted(text, numbers);
    if (isOfSteps) {
      inJson = "transform(%s, step -> %s)".formatted(name, inJson);
      split = "transform(%s, step -> %s)".formatted(name, split);
    } else if (fewestDepth() > 1) {
      return "for texts such as '[[1, 2], [3, 4]]' " + column.computing(inJson);
    }
    return "for texts such as '[1, 2]' %s, for texts such as '1 2' %s"
        .formatted(column.computing(inJson), column.computing(split));
  }

  /** The fewest arrays in arrays that hold a row, or what one of several columns has of it. */
  private int fewestDepth() {
    if (column.feed().conversion() instanceof FeedConversion.Sequence) {
      return column.isJoined() || column.mayStepBeOneValue() ? 1 : 2;
    }
    TensorShape shape = column.feed().rowShape();
    boolean isOneValue = shape.isFullyKnown() && shape.elementCount() == 1;
    return column.isJoined() || isOneValue ? 0 : 1;
  }

  private String nested(int depth) {
    return "array<".repeat(depth) + sqlType() + ">".repeat(depth);
  }

  private String sqlType() {
    return switch (column.feed().point().dtype()) {
      case DT_STRING -> "string";
      case DT_DOUBLE -> "double";
      case DT_INT64, DT_UINT32, DT_UINT64 -> "bigint";
      case DT_BOOL -> "boolean";
      case DT_HALF, DT_BFLOAT16, DT_FLOAT -> "float";
      default -> "int";
    };
  }
}
