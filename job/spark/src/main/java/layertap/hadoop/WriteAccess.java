package layertap.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsAction;

/**
 * Whether a directory may be made at a path, as far as that can be asked without making one: on
 * this machine's disks and on HDFS. Object stores only tell when they are written to.
 */
public final class WriteAccess {
  private static final String LOCAL = "file";
  private static final Set<String> ASKED = Set.of(LOCAL, "hdfs", "viewfs", "webhdfs", "swebhdfs");

  private WriteAccess() {}

  /**
   * Goes on unless it is known that nothing can be written.
   *
   * @param target the path, qualified
   * @throws UncheckedIOException if what is above it is a file, or may not be written to
   */
  public static void require(String target, Configuration hadoop) {
    Path path = new Path(target);
    if (!ASKED.contains(path.toUri().getScheme())) {
      return;
    }
    try {
      require(path, path.getFileSystem(hadoop));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + target, e);
    }
  }

  private static void require(Path target, FileSystem fileSystem) throws IOException {
    FileStatus above = above(target, fileSystem);
    Path folder = above.getPath();
    if (!above.isDirectory()) {
      throw new IOException(
          "%s, above it, is a file and no directory; name another path".formatted(folder));
    }
    if (!folder.toUri().getScheme().equals(LOCAL)) {
      // It says itself who may not do what.
      fileSystem.access(folder, FsAction.WRITE_EXECUTE);
    } else if (!Files.isWritable(java.nio.file.Path.of(folder.toUri().getPath()))) {
      throw new IOException(
          "%s may not write in %s; name another path, or change who may"
              .formatted(System.getProperty("user.name"), folder));
    }
  }

  /** The nearest of the directories above that is there. */
  private static FileStatus above(Path target, FileSystem fileSystem) throws IOException {
    for (Path above = target.getParent(); above != null; above = above.getParent()) {
      try {
        return fileSystem.getFileStatus(above);
      } catch (FileNotFoundException e) {
        // Neither is what is below it.
        continue;
      }
    }
    throw new FileNotFoundException("there is no root above " + target);
  }
}
