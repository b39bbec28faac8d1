package layertap.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import layertap.failure.BadRowException;
import layertap.input.value.NamedFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIsDirectoryException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Files that rows name, on any file system that Hadoop reads. Thread-safe. */
public final class HadoopNamedFiles implements NamedFiles {
  private final Configuration configuration;

  public HadoopNamedFiles(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public byte[] read(String name) {
    try {
      return read(new Path(name));
    } catch (PathIsDirectoryException e) {
      throw new BadRowException("'" + name + "' is a directory", e);
    } catch (HadoopFiles.LargeFileException e) {
      throw new BadRowException(e.getMessage(), e);
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

  /** What no row is to blame for ends the job: that a storage's classes are not there. */
  private byte[] read(Path path) throws IOException {
    try {
      return HadoopFiles.read(path, configuration);
    } catch (RuntimeException | NoClassDefFoundError e) {
      if (StorageCheck.isClassMissing(e)) {
        throw StorageCheck.withoutReader(path, e);
      }
      throw e;
    }
  }
}
