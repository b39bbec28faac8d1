package layertap.spark.feed;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Packs arrays of one type, in an expression of a query.
 *
 * <p>A user-defined function would get an object for every number; a function of a catalog gets
 * arrays as Spark keeps them, but the catalog would stay in the user's session. So this makes the
 * expression that Spark makes of a function of a catalog.
 */
public final class PackFunction implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Its values may be null, so it is called with nulls too, and may give null. */
  private static final boolean PROPAGATES_NULL = false;

  private static final boolean IS_NULLABLE = true;
  private static final boolean IS_DETERMINISTIC = true;

  private final ArrayType type;

  private PackFunction(ArrayType type) {
    this.type = type;
  }

  /**
   * The function for one type.
   *
   * @param type of its values: arrays that {@link PackedNumbers#takes}
   */
  public static PackFunction of(ArrayType type) {
    return new PackFunction(type);
  }

  /**
   * The packed values of a column.
   *
   * @param arrays a resolved column
   * @param type of its values: arrays that {@link PackedNumbers#takes}
   */
  public static Column pack(Column arrays, ArrayType type) {
    Expression function = new Literal(of(type), new ObjectType(PackFunction.class));
    return ExpressionUtils.column(
        new Invoke(
            function,
            "invoke",
            DataTypes.BinaryType,
            seq(ExpressionUtils.expression(arrays)),
            PackFunction.<AbstractDataType>seq(type),
            PROPAGATES_NULL,
            IS_NULLABLE,
            IS_DETERMINISTIC));
  }

  private static <T> Seq<T> seq(T element) {
    return CollectionConverters.asScala(List.of(element)).toSeq();
  }

  /** The packed array; null for null. Spark's generated code calls it by its name. */
  public byte[] invoke(ArrayData array) {
    return array == null ? null : PackedNumbers.pack(array, type);
  }
}
