package layertap.spark.layout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.UserException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;

/**
 * Folders of tables whose log says which files count: among the others are rows that were deleted,
 * and earlier versions of those that are there.
 */
public final class TableFolders {
  /** The folder with the log, and whose it is. */
  private static final Map<String, String> LOGS = Map.of("_delta_log", "delta", ".hoodie", "hudi");

  /** Each costs requests before the job begins. */
  private static final int MOST_TABLES = 20;

  private TableFolders() {}

  /**
   * Goes on only if none of the folders that are read as Parquet is such a table, or a part of one.
   *
   * @param files that are read
   * @throws UserException if one is
   */
  public static void requireNone(Set<Path> folders, List<Path> files, Configuration hadoop) {
    Map<Path, Path> tables = new LinkedHashMap<>();
    folders.forEach(folder -> tables.putIfAbsent(withoutPartitions(folder), folder));
    tables.entrySet().stream()
        .limit(MOST_TABLES)
        .forEach(
            entry -> {
              Path table = entry.getKey();
              Path folder = entry.getValue();
              LOGS.forEach(
                  (log, format) -> {
                    if (isThere(new Path(table, log), hadoop)) {
                      throw new UserException(
                          ("cannot read %s as Parquet: %s shows that it is of a table of format"
                                  + " %s, among whose files are those of deleted and of earlier"
                                  + " rows; set input.format = %s, with the package that has it,"
                                  + " or, to read all files there are, input.path = \"%s\" and"
                                  + " input.options { basePath = \"%s\" }")
                              .formatted(
                                  folder,
                                  new Path(table, log),
                                  format,
                                  format,
                                  pattern(folder, files),
                                  table));
                    }
                  });
            });
  }

  /** Which files of a folder are read, without those of the log. */
  private static String pattern(Path folder, List<Path> files) {
    return files.stream()
        .map(file -> pattern(folder, file))
        .filter(pattern -> !pattern.isEmpty())
        .findFirst()
        .orElseGet(() -> folder + "/*.parquet");
  }

  /** Empty if the file is not below the folder. */
  private static String pattern(Path folder, Path file) {
    StringBuilder levels = new StringBuilder();
    for (Path at = file.getParent(); at != null; at = at.getParent()) {
      if (at.equals(folder)) {
        return folder + levels.toString() + "/*.parquet";
      }
      levels.insert(0, at.getName().contains("=") ? "/*=*" : "/*");
    }
    return "";
  }

  private static boolean isThere(Path path, Configuration hadoop) {
    try {
      return path.getFileSystem(hadoop).exists(path);
    } catch (AccessControlException | AccessDeniedException e) {
      // A user may be let into the folders of some partitions only.
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see whether there is " + path, e);
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
