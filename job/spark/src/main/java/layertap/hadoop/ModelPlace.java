package layertap.hadoop;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import layertap.model.saved.ModelFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where executors find a model that the driver has found. A relative location is one in the
 * directory that a process was started in: each executor may have a copy there, as {@code
 * spark-submit --archives} hands them out, or shares a disk with the driver.
 *
 * @param location as it was written
 * @param onDriver the same for a process that was started in another directory than the driver
 */
public record ModelPlace(String location, String onDriver) implements Serializable {
  /**
   * The place of a model, as the driver sees it.
   *
   * @throws UncheckedIOException if its file system cannot be reached
   */
  public static ModelPlace of(String location, Configuration configuration) {
    try {
      Path path = HadoopFiles.path(location);
      if (path.isAbsolute()) {
        return new ModelPlace(location, location);
      }
      FileSystem fileSystem = path.getFileSystem(configuration);
      Path whole = fileSystem.makeQualified(path);
      return new ModelPlace(
          location,
          fileSystem instanceof LocalFileSystem local
              ? local.pathToFile(whole).getPath()
              : whole.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the model " + location, e);
    }
  }

  /** The model for an executor: what is there by the location as it was written, if anything is. */
  public ModelFiles files(Configuration configuration) {
    ModelFiles written = HadoopModelFiles.of(location, configuration);
    return location.equals(onDriver) || written.exists()
        ? written
        : HadoopModelFiles.of(onDriver, configuration);
  }
}
