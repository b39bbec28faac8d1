package layertap.hadoop;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's file system of a local disk, with two differences. It writes no checksum beside a file:
 * readers that take all files of a folder trip over {@code .part-0.parquet.crc}, and Hadoop leaves
 * a file and its checksum open if the disk is full. Checksums that are there are still looked at.
 * And it starts no process for the permissions of each file that is created.
 */
public final class PlainLocalFileSystem extends LocalFileSystem {
  private static final String KEY = "fs.file.impl";

  /** Called by Hadoop. */
  public PlainLocalFileSystem() {
    super(new Raw());
    setWriteChecksum(false);
  }

  /** Makes it the one that a configuration opens, unless that names another. */
  public static void use(Configuration configuration) {
    if (configuration.get(KEY) == null) {
      configuration.setClass(KEY, PlainLocalFileSystem.class, LocalFileSystem.class);
      // Else Hadoop takes the one that somebody opened before.
      configuration.setBoolean(KEY + ".disable.cache", true);
    }
  }

  /** Without Hadoop's native library, which few machines have, Hadoop itself runs chmod. */
  private static final class Raw extends RawLocalFileSystem {
    private static final boolean IS_POSIX =
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    /** Every file passes here; those that Java cannot name would be others, with question marks. */
    @Override
    public File pathToFile(Path path) {
      LocalNames.requireNamed(path.toUri().getPath());
      return super.pathToFile(path);
    }

    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      if (!IS_POSIX || permission.getStickyBit()) {
        super.setPermission(path, permission);
        return;
      }
      Files.setPosixFilePermissions(
          pathToFile(path).toPath(),
          PosixFilePermissions.fromString(
              permission.getUserAction().SYMBOL
                  + permission.getGroupAction().SYMBOL
                  + permission.getOtherAction().SYMBOL));
    }
  }
}
