package layertap.spark.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import layertap.hadoop.HadoopFiles;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The files below a path, or below what a glob matches, but for those that Spark passes over.
 *
 * @param roots what the path stands for
 * @param files in the order of their names; not all if there are many
 * @param isAll whether these are all
 */
record FoundFiles(List<FileStatus> roots, List<FileStatus> files, boolean isAll) {
  private static final int MOST_FILES = 10_000;
  private static final String DELTA_LOG = "_delta_log";

  FoundFiles {
    roots = List.copyOf(roots);
    files = List.copyOf(files);
  }

  /** Looks at a path; empty if there is nothing. */
  static Optional<FoundFiles> at(String location) {
    Configuration configuration = HadoopFiles.configuration();
    Path path = HadoopFiles.path(location);
    try {
      FileSystem fileSystem = path.getFileSystem(configuration);
      FileStatus[] roots = fileSystem.globStatus(path);
      if (roots == null || roots.length == 0) {
        return Optional.empty();
      }
      List<FileStatus> files = new ArrayList<>();
      for (FileStatus root : roots) {
        add(root, fileSystem, files);
      }
      boolean isAll = files.size() <= MOST_FILES;
      files.sort(Comparator.comparing(file -> file.getPath().toString()));
      return Optional.of(
          new FoundFiles(
              Arrays.asList(roots), files.subList(0, Math.min(files.size(), MOST_FILES)), isAll));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + location, e);
    }
  }

  private static void add(FileStatus root, FileSystem fileSystem, List<FileStatus> files)
      throws IOException {
    if (root.isFile()) {
      files.add(root);
      return;
    }
    String base = root.getPath().toUri().getPath();
    RemoteIterator<LocatedFileStatus> below = fileSystem.listFiles(root.getPath(), true);
    while (below.hasNext() && files.size() <= MOST_FILES) {
      FileStatus file = below.next();
      String relative = file.getPath().toUri().getPath().substring(base.length());
      if (!HiddenNames.DEFAULT.containsAnyOf(relative)) {
        files.add(file);
      }
    }
  }

  /** How many there are of each kind. */
  Map<FileKind, Long> countsByKind() {
    return files.stream()
        .collect(Collectors.groupingBy(FoundFiles::kind, TreeMap::new, Collectors.counting()));
  }

  List<FileStatus> of(FileKind kind) {
    return files.stream().filter(file -> kind(file) == kind).toList();
  }

  private static FileKind kind(FileStatus file) {
    return FileKind.of(file.getPath().getName());
  }

  /** Whether the one root is a table of Delta Lake, whose files alone do not tell its rows. */
  boolean isDelta() {
    if (roots.size() != 1 || roots.get(0).isFile()) {
      return false;
    }
    Path log = new Path(roots.get(0).getPath(), DELTA_LOG);
    try {
      return log.getFileSystem(HadoopFiles.configuration()).exists(log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  /** How many folders hold files, and whether each file lies below a root and not in it. */
  long folderCount() {
    return files.stream().map(file -> file.getPath().getParent()).distinct().count();
  }

  /** How many files lie in a root itself. */
  long countInRoots() {
    List<Path> rootPaths = roots.stream().map(FileStatus::getPath).toList();
    return files.stream().filter(file -> rootPaths.contains(file.getPath().getParent())).count();
  }
}
