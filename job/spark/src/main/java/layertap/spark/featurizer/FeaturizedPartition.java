package layertap.spark.featurizer;

import java.io.Serializable;
import layertap.spark.task.ExtractPartition;
import org.apache.spark.sql.Row;
import scala.Function1;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Maps the rows of a partition. A function of Scala, since Spark shows it by its text where it
 * explains a query; one of Java it would wrap.
 */
final class FeaturizedPartition implements Function1<Iterator<Row>, Iterator<Row>>, Serializable {
  private static final long serialVersionUID = 1L;

  private final ExtractPartition function;
  private final String text;

  /**
   * Wraps a function.
   *
   * @param text that Spark shows
   */
  FeaturizedPartition(ExtractPartition function, String text) {
    this.function = function;
    this.text = text;
  }

  @Override
  public Iterator<Row> apply(Iterator<Row> rows) {
    return CollectionConverters.asScala(function.call(CollectionConverters.asJava(rows)));
  }

  @Override
  public String toString() {
    return text;
  }
}
