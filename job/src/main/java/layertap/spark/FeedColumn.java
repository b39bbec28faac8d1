package layertap.spark;

import java.io.Serializable;
import org.apache.spark.sql.Row;

/**
 * Where the values of a feed stand in a row.
 *
 * @param isPacked whether they are {@link PackedNumbers}
 */
record FeedColumn(int position, boolean isPacked) implements Serializable {
  /** The value of a row, as the feed's conversion takes it. */
  Object value(Row row) {
    Object value = row.get(position);
    return isPacked && value != null
        ? PackedNumbers.unpack((byte[]) value)
        : RowValues.toJava(value);
  }
}
