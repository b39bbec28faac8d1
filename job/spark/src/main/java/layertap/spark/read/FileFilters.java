package layertap.spark.read;

import java.io.File;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
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

  /** Whether they let in a file of this machine. */
  boolean accept(File file, long bytes, long modifiedMillis) {
    Path path = new Path("file", null, file.getPath());
    return accept(new FileStatus(bytes, false, 1, 1, modifiedMillis, path));
  }

  boolean accept(FileStatus file) {
    return filters.stream().allMatch(filter -> filter.accept(file));
  }
}
