package layertap.spark.read;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.execution.datasources.PartitionPath;
import org.apache.spark.sql.execution.datasources.PartitionSpec;
import scala.jdk.javaapi.CollectionConverters;

/** What the names of folders tell of the files in them, by columns: {@code label=3}. */
record FolderValues(Map<Path, Map<String, Object>> byFolder) {

  /** As Spark reads the names, of a source that it has loaded. */
  static FolderValues of(Dataset<Row> loaded) {
    Map<Path, Map<String, Object>> byFolder = new HashMap<>();
    InputLoader.fileIndex(loaded).ifPresent(index -> add(index.partitionSpec(), byFolder));
    return new FolderValues(byFolder);
  }

  private static void add(PartitionSpec spec, Map<Path, Map<String, Object>> byFolder) {
    List<String> columns = List.of(spec.partitionColumns().fieldNames());
    for (PartitionPath folder : CollectionConverters.asJava(spec.partitions())) {
      Row values =
          (Row)
              CatalystTypeConverters.createToScalaConverter(spec.partitionColumns())
                  .apply(folder.values());
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
