package layertap.spark.feed;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import layertap.input.image.RawImage;
import layertap.input.value.NumberList;
import org.apache.spark.ml.linalg.SparseVector;
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
    positions.forEach(position -> add(row.get(position), true));
  }

  /** Adds what is made of a row for the model. */
  public void addFed(Object[] values) {
    for (Object value : values) {
      add(value, false);
    }
  }

  private void add(Object value, boolean isKept) {
    if (value instanceof NumberList numbers) {
      count((long) Long.BYTES * numbers.size(), isKept);
    } else if (value instanceof Collection<?> elements) {
      addAll(elements.iterator(), elements.size(), isKept);
    } else if (value instanceof Iterable<?> elements) {
      addAll(CollectionConverters.asJava(elements.iterator()), elements.size(), isKept);
    } else if (value instanceof Row struct) {
      IntStream.range(0, struct.size()).forEach(i -> add(struct.get(i), isKept));
    } else if (value instanceof Tuple2<?, ?> entry) {
      add(entry._1(), isKept);
      add(entry._2(), isKept);
    } else {
      count(bytes(value), isKept || !(value == null || isNumber(value)));
    }
  }

  /** Of numbers the first tells enough; and what is fed has lists of numbers of one length. */
  private void addAll(Iterator<?> elements, int size, boolean isKept) {
    count(REFERENCE * size, isKept);
    while (elements.hasNext()) {
      Object element = elements.next();
      if (isNumber(element)) {
        count((BOXED - REFERENCE) * size, isKept);
        return;
      }
      if (element instanceof NumberList numbers && !isKept) {
        count((long) Long.BYTES * numbers.size() * size, false);
        return;
      }
      add(element, isKept);
    }
  }

  private void count(long added, boolean isOfAnySize) {
    bytes += added;
    bytesOfAnySize += isOfAnySize ? added : 0;
  }

  private static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
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
    if (value instanceof SparseVector sparse) {
      return (long) (Integer.BYTES + Double.BYTES) * sparse.numActives();
    }
    if (value instanceof Vector vector) {
      return (long) Double.BYTES * vector.size();
    }
    return BOXED;
  }
}
