package layertap.spark.feed;

import java.io.Serializable;
import layertap.spark.schema.RowValues;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;

/**
 * Where the values of a feed stand in a row.
 *
 * @param isPacked whether they are {@link PackedNumbers}
 */
public record FeedColumn(int position, boolean isPacked) implements Serializable {
  /** A column of that type, packed where it can be. */
  public static FeedColumn of(int position, DataType type) {
    return new FeedColumn(position, PackedNumbers.takes(type));
  }

  /** The value of a row, as the feed's conversion takes it. */
  public Object value(Row row) {
    Object value = row.get(position);
    return isPacked && value != null
        ? PackedNumbers.unpack((byte[]) value)
        : RowValues.toJava(value);
  }
}
