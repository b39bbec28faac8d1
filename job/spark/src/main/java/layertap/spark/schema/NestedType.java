package layertap.spark.schema;

import static java.util.Objects.requireNonNull;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;

/**
 * A type as arrays of arrays.
 *
 * @param element of the innermost arrays; the type itself if it is no array
 * @param depth how many arrays are around an element
 */
public record NestedType(DataType element, int depth) {
  public NestedType {
    requireNonNull(element, "element is null");
  }

  /** Takes a type apart. */
  public static NestedType of(DataType type) {
    DataType element = type;
    int depth = 0;
    while (element instanceof ArrayType array) {
      element = array.elementType();
      depth++;
    }
    return new NestedType(element, depth);
  }
}
