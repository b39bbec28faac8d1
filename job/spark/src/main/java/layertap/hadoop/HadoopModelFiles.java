package layertap.hadoop;

import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY;
import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_RANDOM;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import layertap.model.saved.LocalModelFiles;
import layertap.model.saved.ModelFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.FutureIO;

/** A SavedModel on any file system that Hadoop reads. Thread-safe. */
public final class HadoopModelFiles implements ModelFiles {
  private final String location;
  private final Path directory;
  private final FileSystem fileSystem;

  private HadoopModelFiles(String location, Path directory, FileSystem fileSystem) {
    this.location = location;
    this.directory = directory;
    this.fileSystem = fileSystem;
  }

  /** The model at a location; where Hadoop means this machine's disk, links are looked at. */
  public static ModelFiles of(String location, Configuration configuration) {
    try {
      Path path = HadoopFiles.path(location);
      FileSystem fileSystem = path.getFileSystem(configuration);
      Path directory = fileSystem.makeQualified(path);
      if (fileSystem instanceof LocalFileSystem local) {
        LocalNames.requireNamed(location);
        return new LocalModelFiles(location, local.pathToFile(directory).toPath());
      }
      return new HadoopModelFiles(location, directory, fileSystem);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the model " + location, e);
    }
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean exists() {
    try {
      return fileSystem.getFileStatus(directory).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the model " + location, e);
    }
  }

  @Override
  public boolean isFile() {
    try {
      return fileSystem.getFileStatus(directory).isFile();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the model " + location, e);
    }
  }

  @Override
  public List<ModelFile> list() {
    try {
      List<ModelFile> files = new ArrayList<>();
      int prefix = directory.toUri().getPath().length() + 1;
      RemoteIterator<LocatedFileStatus> statuses = fileSystem.listFiles(directory, true);
      while (statuses.hasNext()) {
        LocatedFileStatus status = statuses.next();
        String path = status.getPath().toUri().getPath().substring(prefix);
        files.add(new ModelFile(path, status.getLen()));
      }
      files.sort(Comparator.comparing(ModelFile::path));
      return List.copyOf(files);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the model " + location, e);
    }
  }

  @Override
  public byte[] read(String path, long offset, int length) {
    byte[] bytes = new byte[length];
    try (FSDataInputStream stream = open(path)) {
      stream.readFully(offset, bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read bytes %s to %s of %s/%s"
              .formatted(offset, (offset + length), location, path),
          e);
    }
  }

  /** An object store is asked for the bytes that are read, not for all from there to the end. */
  private FSDataInputStream open(String path) throws IOException {
    return FutureIO.awaitFuture(
        fileSystem
            .openFile(new Path(directory, path))
            .opt(FS_OPTION_OPENFILE_READ_POLICY, FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
            .build());
  }
}
