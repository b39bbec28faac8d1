package layertap.spark.read;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.LocalPattern;
import layertap.process.DaemonThread;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;

/**
 * Files below the paths of an input that are no rows, since Spark passes over them when it lists
 * folders: hidden names, whatever is in folders of such names, and links that lead nowhere.
 *
 * @param count of them
 * @param first names, in the order of the alphabet
 * @param hidden the names that Spark passed over
 */
public record LeftOutFiles(long count, List<String> first, HiddenNames hidden) {
  /** None. */
  public static final LeftOutFiles NONE = new LeftOutFiles(0, List.of(), HiddenNames.DEFAULT);

  private static final int MOST_NAMES = 3;
  private static final String LOCAL = "file";

  public LeftOutFiles {
    first = List.copyOf(first);
  }

  /**
   * Looks for them beside the job, since storage may take its time to list all files.
   *
   * @param options with which files are read: what they leave out is not meant
   */
  static CompletableFuture<LeftOutFiles> lookFor(
      SparkSession spark, List<Path> roots, Map<String, String> options) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    options.forEach(hadoop::set);
    HiddenNames hidden = HiddenNames.of(spark, options);
    CompletableFuture<LeftOutFiles> found = new CompletableFuture<>();
    DaemonThread.start(
        "layertap-left-out",
        () -> {
          try {
            found.complete(of(roots, hadoop, FileFilters.of(options), hidden));
          } catch (Throwable e) {
            // Whatever it is: who waits would wait for ever.
            found.completeExceptionally(e);
          }
        });
    return found;
  }

  /**
   * Goes on only if Java can name all local files that Spark is to read: it passes over others.
   *
   * @param paths of an input, which may be patterns
   * @param isRecursive whether files in folders are rows, too
   * @throws UserException if it cannot
   */
  static void requireNames(
      SparkSession spark, List<String> paths, Map<String, String> options, boolean isRecursive) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    options.forEach(hadoop::set);
    HiddenNames hidden = HiddenNames.of(spark, options);
    FileFilters filters = FileFilters.of(options);
    for (String path : paths) {
      try {
        for (LocalPattern pattern : local(HadoopFiles.path(path), hadoop)) {
          LocalLeftOutFiles.requireNames(pattern, filters, hidden, isRecursive);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + path, e);
      }
    }
  }

  /** What a path stands for, if it is of this machine. */
  private static List<LocalPattern> local(Path path, Configuration hadoop) throws IOException {
    String scheme = path.toUri().getScheme();
    if (scheme != null && !scheme.equals(LOCAL)) {
      return List.of();
    }
    FileSystem fileSystem = path.getFileSystem(hadoop);
    return fileSystem.getUri().getScheme().equals(LOCAL)
        ? LocalPattern.of(fileSystem.makeQualified(path).toUri().getPath())
        : List.of();
  }

  /** Those below some files and folders. */
  static LeftOutFiles of(
      List<Path> roots, Configuration hadoop, FileFilters filters, HiddenNames hidden)
      throws IOException {
    List<String> names = new ArrayList<>();
    for (Path root : roots) {
      FileSystem fileSystem = root.getFileSystem(hadoop);
      if (fileSystem.getUri().getScheme().equals(LOCAL)) {
        LocalLeftOutFiles.add(new File(root.toUri().getPath()), filters, hidden, names);
      } else {
        addRemote(root, fileSystem, filters, hidden, names);
      }
    }
    Collections.sort(names);
    return new LeftOutFiles(
        names.size(), names.subList(0, Math.min(names.size(), MOST_NAMES)), hidden);
  }

  private static void addRemote(
      Path root, FileSystem fileSystem, FileFilters filters, HiddenNames hidden, List<String> names)
      throws IOException {
    String base = fileSystem.makeQualified(root).toUri().getPath();
    boolean isFile = fileSystem.getFileStatus(root).isFile();
    RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(root, true);
    while (files.hasNext()) {
      FileStatus file = files.next();
      String path = file.getPath().toUri().getPath();
      String relative =
          isFile
              ? file.getPath().getName()
              : path.substring(Math.min(path.length(), base.length()));
      if (hidden.containsAnyOf(relative) && filters.accept(file)) {
        names.add(relative.replaceFirst("^/+", ""));
      }
    }
  }

  /** A line for the log; empty if there are none. */
  public String line() {
    if (count == 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "layertap: %,d %s left out: %s%s; %s, and links that lead nowhere, are no rows",
        count,
        count == 1 ? "file" : "files",
        String.join(", ", first),
        count > first.size() ? ", …" : "",
        hidden.description());
  }
}
