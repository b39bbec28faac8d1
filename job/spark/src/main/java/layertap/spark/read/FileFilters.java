package layertap.spark.read;

import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.catalyst.util.CaseInsensitiveMap;
import org.apache.spark.sql.catalyst.util.CaseInsensitiveMap$;
import org.apache.spark.sql.execution.datasources.PathFilterFactory;
import org.apache.spark.sql.execution.datasources.PathFilterStrategy;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;

/** Which files the options of a reader let in. */
record FileFilters(List<PathFilterStrategy> filters) {
  FileFilters {
    filters = List.copyOf(filters);
  }

  static FileFilters of(Map<String, String> options) {
    CaseInsensitiveMap<String> parameters =
        CaseInsensitiveMap$.MODULE$.apply(Map$.MODULE$.from(CollectionConverters.asScala(options)));
    return new FileFilters(
        List.copyOf(CollectionConverters.asJava(PathFilterFactory.create(parameters))));
  }

  boolean accept(FileStatus file) {
    return filters.stream().allMatch(filter -> filter.accept(file));
  }
}
