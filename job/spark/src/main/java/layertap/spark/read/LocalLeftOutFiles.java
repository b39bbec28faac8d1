package layertap.spark.read;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.List;
import layertap.hadoop.LocalNames;
import layertap.hadoop.LocalPattern;
import layertap.spark.version.HiddenNames;

/**
 * Files of this machine that are no rows. Hadoop says nothing of links that lead nowhere, so the
 * disk itself is asked.
 */
final class LocalLeftOutFiles extends SimpleFileVisitor<Path> {
  private static final String CHECKSUM = ".crc";

  private final Path root;
  private final FileFilters filters;
  private final HiddenNames hidden;
  private final List<String> names;

  private LocalLeftOutFiles(
      Path root, FileFilters filters, HiddenNames hidden, List<String> names) {
    this.root = root;
    this.filters = filters;
    this.hidden = hidden;
    this.names = names;
  }

  /** Adds the names of those below a file or folder. */
  static void add(File root, FileFilters filters, HiddenNames hidden, List<String> names)
      throws IOException {
    Files.walkFileTree(
        root.toPath(),
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new LocalLeftOutFiles(root.toPath(), filters, hidden, names));
  }

  /**
   * Goes on only if Java can name the files that are rows.
   *
   * @param isRecursive whether files in folders are rows, too, and not only those in folders that
   *     are partitions
   */
  static void requireNames(
      LocalPattern pattern, FileFilters filters, HiddenNames hidden, boolean isRecursive)
      throws IOException {
    LocalNames.require(
        pattern,
        folder -> {
          boolean isInside = pattern.isMeant(folder) && !folder.equals(pattern.root(folder));
          return !isInside
              || (!hidden.containsAnyOf(relative(pattern.root(folder), folder))
                  && (isRecursive || folder.getFileName().toString().contains("=")));
        },
        (file, attributes) ->
            !hidden.containsAnyOf(relative(pattern.root(file), file))
                && accepts(filters, file, attributes));
  }

  private static boolean accepts(FileFilters filters, Path file, BasicFileAttributes attributes) {
    return filters.accept(
        file.toFile(), attributes.size(), attributes.lastModifiedTime().toMillis());
  }

  private static String relative(Path root, Path file) {
    return file.equals(root) ? file.getFileName().toString() : root.relativize(file).toString();
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    String relative = relative(root, file);
    // Links were followed, but for those that lead nowhere.
    boolean isLeftOut = attributes.isSymbolicLink() || hidden.containsAnyOf(relative);
    if (isLeftOut && !isChecksum(file) && accepts(filters, file, attributes)) {
      names.add(relative);
    }
    return FileVisitResult.CONTINUE;
  }

  /** A circle of links, or a folder that nobody may read: reading the rows will tell. */
  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failure) {
    return FileVisitResult.CONTINUE;
  }

  /** Hadoop's own file beside one that it wrote. */
  private static boolean isChecksum(Path file) {
    String name = file.getFileName().toString();
    if (!name.startsWith(".") || !name.endsWith(CHECKSUM)) {
      return false;
    }
    String summed = name.substring(1, Math.max(1, name.length() - CHECKSUM.length()));
    return Files.exists(file.resolveSibling(summed));
  }
}
