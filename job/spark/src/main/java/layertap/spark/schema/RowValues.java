package layertap.spark.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.input.image.RawImage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.Iterator;
import scala.collection.Seq;

/** Turns values of Spark's rows into plain Java values. */
public final class RowValues {
  private static final List<String> IMAGE_FIELDS = List.of("height", "width", "nChannels", "data");

  private RowValues() {}

  /** Lists for arrays and vectors; numbers, strings, booleans and bytes as they are. */
  public static Object toJava(Object value) {
    if (value instanceof Seq<?> elements) {
      List<Object> list = new ArrayList<>(elements.size());
      for (Iterator<?> iterator = elements.iterator(); iterator.hasNext(); ) {
        list.add(toJava(iterator.next()));
      }
      return list;
    }
    if (value instanceof Vector vector) {
      List<Object> list = new ArrayList<>(vector.size());
      for (double element : vector.toArray()) {
        list.add(element);
      }
      return list;
    }
    return value instanceof Row struct ? toImage(struct) : value;
  }

  /** Spark's image struct as an image; any other struct as it is, for the message. */
  private static Object toImage(Row struct) {
    if (struct.schema() == null || !isImage(struct.schema())) {
      return struct;
    }
    return new RawImage(
        size(struct, "height"),
        size(struct, "width"),
        size(struct, "nChannels"),
        struct.<byte[]>getAs("data"));
  }

  /** Whether values of a type are Spark's image structs. */
  public static boolean isImage(DataType type) {
    return type instanceof StructType struct
        && Arrays.asList(struct.fieldNames()).containsAll(IMAGE_FIELDS);
  }

  /** Nothing, as Spark notes an image that it could not read, is 0. */
  private static long size(Row struct, String field) {
    return struct.<Object>getAs(field) instanceof Number size ? size.longValue() : 0;
  }
}
