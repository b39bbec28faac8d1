package layertap.spark.read;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.execution.datasources.PartitionPath;
import org.apache.spark.sql.execution.datasources.PartitionSpec;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;

/** What the names of folders tell of the files in them, by columns: {@code label=3}. */
record FolderValues(Map<Path, Map<String, Object>> byFolder) {

  /**
   * As Spark reads the names, of a source that it has loaded.
   *
   * @param files of which it is asked
   */
  static FolderValues of(Dataset<Row> loaded, List<Path> files) {
    Set<Path> around = new HashSet<>();
    for (Path file : files) {
      Path folder = file.getParent();
      while (folder != null && around.add(folder)) {
        folder = folder.getParent();
      }
    }
    Map<Path, Map<String, Object>> byFolder = new HashMap<>();
    InputLoader.fileIndex(loaded).ifPresent(index -> add(index.partitionSpec(), around, byFolder));
    return new FolderValues(byFolder);
  }

  private static void add(
      PartitionSpec spec, Set<Path> around, Map<Path, Map<String, Object>> byFolder) {
    List<String> columns = List.of(spec.partitionColumns().fieldNames());
    Function1<Object, Object> converter =
        CatalystTypeConverters.createToScalaConverter(spec.partitionColumns());
    for (PartitionPath folder : CollectionConverters.asJava(spec.partitions())) {
      if (!around.contains(folder.path())) {
        continue;
      }
      Row values = (Row) converter.apply(folder.values());
      // Not Map.of: a value may be null.
      Map<String, Object> told = new LinkedHashMap<>();
      columns.forEach(column -> told.put(column, values.get(columns.indexOf(column))));
      byFolder.put(folder.path(), told);
    }
  }

  /** Of a file; empty where its folders tell nothing. */
  Map<String, Object> of(Path file) {
    for (Path folder = file.getParent(); folder != null; folder = folder.getParent()) {
      if (byFolder.containsKey(folder)) {
        return byFolder.get(folder);
      }
    }
    return Map.of();
  }
}
