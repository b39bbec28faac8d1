package layertap.hadoop;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;

/**
 * Hadoop's file system of a local disk, with one difference: it writes no checksum beside a file.
 * Readers that take all files of a folder trip over {@code .part-0.parquet.crc}, and Hadoop leaves
 * a file and its checksum open if the disk is full. Checksums that are there are still looked at.
 */
public final class PlainLocalFileSystem extends LocalFileSystem {
  private static final String KEY = "fs.file.impl";

  /** Called by Hadoop. */
  public PlainLocalFileSystem() {
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
}
