package layertap.spark.feed;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import layertap.input.image.RawImage;
import layertap.input.value.NumberList;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import scala.Tuple2;
import scala.collection.Iterable;
import scala.jdk.javaapi.CollectionConverters;

/** About how many bytes of memory rows take. */
public final class RowMemory {
  /** A number and the reference to it. */
  private static final long BOXED = 20;

  private static final long REFERENCE = 4;

  private long bytes;
  private long bytesOfAnySize;

  /** Of all that was added. */
  public long bytes() {
    return bytes;
  }

  /** The same without what a plan knows: how many numbers a model takes. */
  public long bytesOfAnySize() {
    return bytesOfAnySize;
  }

  /** Adds columns of a row. */
  public void addKept(Row row, List<Integer> positions) {
    positions.forEach(position -> add(row.get(position), true /* no plan knows */));
  }

  /** Adds what is made of a row for the model. */
  public void addFed(Object[] values) {
    for (Object value : values) {
      add(value, !(value instanceof Collection));
    }
  }

  private void add(Object value, boolean isOfAnySize) {
    long added = bytes(value);
    bytes += added;
    bytesOfAnySize += isOfAnySize ? added : 0;
  }

  private static long bytes(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof String text) {
      return BOXED + (long) Character.BYTES * text.length();
    }
    if (value instanceof RawImage image) {
      return image.bytes();
    }
    if (value instanceof NumberList numbers) {
      return (long) Long.BYTES * numbers.size();
    }
    if (value instanceof Vector vector) {
      return (long) Double.BYTES * vector.size();
    }
    if (value instanceof Collection<?> elements) {
      return bytes(elements.iterator(), elements.size());
    }
    if (value instanceof Iterable<?> elements) {
      return bytes(CollectionConverters.asJava(elements.iterator()), elements.size());
    }
    if (value instanceof Row struct) {
      return IntStream.range(0, struct.size()).mapToLong(i -> bytes(struct.get(i))).sum();
    }
    if (value instanceof Tuple2<?, ?> entry) {
      return bytes(entry._1()) + bytes(entry._2());
    }
    return BOXED;
  }

  /** Of numbers the first tells enough. */
  private static long bytes(Iterator<?> elements, int size) {
    long bytes = size * REFERENCE;
    while (elements.hasNext()) {
      Object element = elements.next();
      if (element instanceof Number) {
        return BOXED * size;
      }
      bytes += bytes(element);
    }
    return bytes;
  }
}
