package layertap.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import layertap.publish.OutputStore;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** An output on any file system that Hadoop writes to. Thread-safe. */
final class HadoopOutputStore implements OutputStore {
  private final FileSystem fileSystem;

  private HadoopOutputStore(FileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /** The store that holds a path. */
  static HadoopOutputStore of(String path, Configuration configuration) {
    try {
      return new HadoopOutputStore(HadoopFiles.path(path).getFileSystem(configuration));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the output " + path, e);
    }
  }

  /** The path with its scheme and without a slash at its end. */
  String qualify(String path) {
    return fileSystem.makeQualified(new Path(path)).toString();
  }

  @Override
  public boolean exists(String path) {
    try {
      return fileSystem.exists(new Path(path));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look up " + path, e);
    }
  }

  @Override
  public List<String> children(String directory) {
    try {
      List<String> children = new ArrayList<>();
      for (FileStatus status : fileSystem.listStatus(new Path(directory))) {
        children.add(status.getPath().toString());
      }
      return children;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  @Override
  public List<String> filesBelow(String directory) {
    try {
      List<String> files = new ArrayList<>();
      RemoteIterator<LocatedFileStatus> statuses = fileSystem.listFiles(new Path(directory), true);
      while (statuses.hasNext()) {
        files.add(statuses.next().getPath().toString());
      }
      return files;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  @Override
  public void rename(String from, String to) {
    try {
      if (!fileSystem.rename(new Path(from), new Path(to))) {
        throw new IOException("the file system refused");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rename " + from + " to " + to, e);
    }
  }

  @Override
  public void delete(String path) {
    try {
      fileSystem.delete(new Path(path), true);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }

  @Override
  public void write(String path, String text) {
    try (OutputStream stream = fileSystem.create(new Path(path), true)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }
}
