package layertap.spark.layout;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import layertap.failure.UserException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Folders of tables whose log says which files count: among the others are rows that were deleted,
 * and earlier versions of those that are there.
 */
public final class TableFolders {
  /** The folder with the log, and whose it is. */
  private static final Map<String, String> LOGS = Map.of("_delta_log", "delta", ".hoodie", "hudi");

  private TableFolders() {}

  /**
   * Goes on only if none of the folders that are read as Parquet is such a table, or a part of one.
   *
   * @throws UserException if one is
   */
  public static void requireNone(Set<Path> folders, Configuration hadoop) {
    Map<Path, Path> tables = new LinkedHashMap<>();
    folders.forEach(folder -> tables.putIfAbsent(withoutPartitions(folder), folder));
    tables.forEach(
        (table, folder) ->
            LOGS.forEach(
                (log, format) -> {
                  if (isThere(new Path(table, log), hadoop)) {
                    throw new UserException(
                        ("cannot read %s as Parquet: %s shows that it is of a table of format %s,"
                                + " among whose files are those of deleted and of earlier rows; set"
                                + " input.format = %s, with the package that has it, or, to read all"
                                + " files there are, input.path = \"%s/*.parquet\"")
                            .formatted(folder, new Path(table, log), format, format, folder));
                  }
                }));
  }

  private static boolean isThere(Path path, Configuration hadoop) {
    try {
      return path.getFileSystem(hadoop).exists(path);
    } catch (IOException e) {
      // A user may be let into the folders of some partitions only.
      return false;
    }
  }

  /** The table of a folder of a partition. */
  private static Path withoutPartitions(Path folder) {
    Path table = folder;
    while (table.getParent() != null && table.getName().contains("=")) {
      table = table.getParent();
    }
    return table;
  }
}
