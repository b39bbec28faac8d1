package layertap.hadoop;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import layertap.failure.UserException;
import layertap.process.NameEncoding;

/**
 * Names of local files. Java reads them in the encoding of the locale that it starts in, which in a
 * container without one is ASCII; Hadoop passes over a file whose name has become another.
 */
public final class LocalNames {
  private LocalNames() {}

  /**
   * Goes on only if Java can name all files that are meant.
   *
   * @param isEntered further, of a folder
   * @param isMeant further, of a file and its attributes
   * @throws UserException if it cannot
   */
  public static void require(
      LocalPattern pattern,
      Predicate<Path> isEntered,
      BiPredicate<Path, BasicFileAttributes> isMeant)
      throws IOException {
    Files.walkFileTree(
        pattern.folder(),
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return pattern.reaches(folder) && isEntered.test(folder)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            boolean isLost =
                !NameEncoding.isRead(file.toString())
                    && !attributes.isSymbolicLink()
                    && !file.toFile().exists();
            if (isLost && pattern.isMeant(file) && isMeant.test(file, attributes)) {
              throw lost(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            // A circle of links, or a folder that nobody may read: reading the rows will tell.
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /**
   * Goes on only if Java can name a local path.
   *
   * @throws UserException if it cannot
   */
  static void requireNamed(String path) {
    NameEncoding.ofThisJvm()
        .whyNotNamed(path)
        .ifPresent(
            why -> {
              throw new UserException("cannot use the path %s: %s".formatted(path, why));
            });
  }

  /** The file's path, its bytes taken for UTF-8 if Java cannot read a name in it. */
  static String readable(Path file) {
    String text = file.toString();
    return NameEncoding.isRead(text) ? text : file.toUri().getPath();
  }

  private static UserException lost(Path file) {
    String encoding = System.getProperty("sun.jnu.encoding");
    return new UserException(
        ("cannot read the input: the name of %s is not in the encoding %s, in which Java reads names"
                + " of files, so that it would be left out; %srename it")
            .formatted(
                readable(file),
                encoding,
                encoding.equals("UTF-8") ? "" : "set LC_ALL=C.UTF-8 before Java starts, or "));
  }
}
