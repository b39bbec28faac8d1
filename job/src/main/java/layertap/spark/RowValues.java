package layertap.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import scala.collection.Iterator;
import scala.collection.Seq;

/** Turns values of Spark's rows into plain Java values. */
final class RowValues {
  private RowValues() {}

  /** Lists for arrays and vectors; numbers, strings, booleans and bytes as they are. */
  static Object toJava(Object value) {
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
    return value;
  }
}
