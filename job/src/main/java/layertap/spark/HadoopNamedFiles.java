package layertap.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import layertap.input.BadRowException;
import layertap.input.NamedFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Files that rows name, on any file system that Hadoop reads. Thread-safe. */
final class HadoopNamedFiles implements NamedFiles {
  private final Configuration configuration;

  HadoopNamedFiles(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public byte[] read(String name) {
    try {
      Path path = new Path(name);
      FileSystem fileSystem = path.getFileSystem(configuration);
      if (fileSystem.getFileStatus(path).isDirectory()) {
        throw new BadRowException("'" + name + "' is a directory");
      }
      try (InputStream stream = fileSystem.open(path)) {
        return stream.readAllBytes();
      }
    } catch (IllegalArgumentException e) {
      throw new BadRowException("'" + name + "' is no path", e);
    } catch (FileNotFoundException e) {
      throw new BadRowException("there is no file '" + name + "'", e);
    } catch (UnsupportedFileSystemException e) {
      throw new BadRowException("no file system reads '" + name + "'", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
