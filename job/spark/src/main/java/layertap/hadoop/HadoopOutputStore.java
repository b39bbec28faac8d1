package layertap.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import layertap.publish.OutputStore;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BulkDelete;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** An output on any file system that Hadoop writes to. Thread-safe. */
public final class HadoopOutputStore implements OutputStore {
  private static final int ATTEMPTS = 5;
  // Hadoop 3.4.1, of Spark 4.0, has no constant for it and ignores it.
  static final String CONDITIONAL_OVERWRITE = "fs.option.create.conditional.overwrite";

  private final FileSystem fileSystem;

  /** Of a local disk the one without checksums: they would be files of their own, each too late. */
  private final FileSystem smallFiles;

  private final Renames renames;

  private HadoopOutputStore(FileSystem fileSystem, Renames renames) {
    this.fileSystem = fileSystem;
    this.smallFiles =
        fileSystem instanceof LocalFileSystem local ? local.getRawFileSystem() : fileSystem;
    this.renames = renames;
  }

  /** The store that holds a path. */
  public static HadoopOutputStore of(String path, Configuration configuration) {
    try {
      FileSystem fileSystem = HadoopFiles.path(path).getFileSystem(configuration);
      return new HadoopOutputStore(fileSystem, Renames.of(fileSystem));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the output " + path, e);
    }
  }

  /** The path with its scheme, without links of this machine, and without a slash at its end. */
  public String qualify(String path) {
    return LocalLinks.followed(fileSystem.makeQualified(new Path(path))).toString();
  }

  public boolean isRoot(String path) {
    return new Path(path).isRoot();
  }

  @Override
  public boolean renamesDirectories() {
    return renames.areAtomic();
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
  public List<String> filesBelow(String directory) {
    try {
      List<String> files = new ArrayList<>();
      if (renames.areAtomic()) {
        addFilesBelow(new Path(directory), files);
      } else {
        // An object store lists all of them at once.
        RemoteIterator<LocatedFileStatus> statuses =
            fileSystem.listFiles(new Path(directory), true);
        while (statuses.hasNext()) {
          files.add(statuses.next().getPath().toString());
        }
      }
      return files;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  /** Without places and permissions, for which Hadoop runs a program for each file of this disk. */
  private void addFilesBelow(Path directory, List<String> files) throws IOException {
    for (FileStatus status : fileSystem.listStatus(directory)) {
      if (status.isDirectory()) {
        addFilesBelow(status.getPath(), files);
      } else {
        files.add(status.getPath().toString());
      }
    }
  }

  @Override
  public void rename(String from, String to) {
    try {
      renames.rename(new Path(from), new Path(to));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rename " + from + " to " + to, e);
    }
  }

  @Override
  public void moveFiles(String from, String to, List<String> files) {
    try {
      renames.moveFiles(new Path(from), new Path(to), files);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot move files from " + from + " to " + to, e);
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

  /** Object stores take a page of files at once, others one by one. */
  @Override
  public void deleteFiles(String directory, List<String> files) {
    try (BulkDelete deletion = fileSystem.createBulkDelete(new Path(directory))) {
      List<Path> paths = files.stream().map(Path::new).toList();
      int page = deletion.pageSize();
      for (int from = 0; from < paths.size(); from += page) {
        List<Path> next = paths.subList(from, Math.min(from + page, paths.size()));
        for (Map.Entry<Path, String> failure : deletion.bulkDelete(next)) {
          throw new IOException(failure.getKey() + ": " + failure.getValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete files in " + directory, e);
    }
  }

  @Override
  public Optional<String> read(String path) {
    try (InputStream stream = smallFiles.open(new Path(path))) {
      return Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  @Override
  public void write(String path, String text) {
    try {
      if (!renames.areAtomic()) {
        // An object is there when it is whole.
        put(new Path(path), text);
        return;
      }
      Path draft = putDraft(path, text);
      renames.replace(draft, new Path(path));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }

  @Override
  public boolean writeNew(String path, String text) {
    try {
      if (!renames.areAtomic()) {
        return putNew(new Path(path), text);
      }
      Path draft = putDraft(path, text);
      boolean isNew = renames.renameUnlessTaken(draft, new Path(path));
      if (!isNew) {
        fileSystem.delete(draft, false);
      }
      return isNew;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }

  /** Writes a file beside that of a path; if another run deletes it meanwhile, again. */
  private Path putDraft(String path, String text) throws IOException {
    Path target = new Path(path);
    Path draft = new Path(target.getParent(), "." + target.getName() + "-" + UUID.randomUUID());
    for (int attempt = 1; ; attempt++) {
      try {
        put(draft, text);
        return draft;
      } catch (IOException e) {
        if (attempt == ATTEMPTS || smallFiles.exists(draft)) {
          throw e;
        }
      }
    }
  }

  private void put(Path path, String text) throws IOException {
    try {
      put(smallFiles.create(path, true), text);
    } catch (FSError e) {
      // What Hadoop makes of a local disk that is full.
      throw new IOException(e.getCause());
    }
  }

  private static void put(OutputStream stream, String text) throws IOException {
    try (stream) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Object stores that know conditional writes decide between two writers. */
  private boolean putNew(Path path, String text) throws IOException {
    if (fileSystem.exists(path)) {
      return false;
    }
    FSDataOutputStreamBuilder<?, ?> builder =
        fileSystem.createFile(path).recursive().overwrite(false);
    builder.opt(CONDITIONAL_OVERWRITE, true);
    try {
      put(builder.build(), text);
      return true;
    } catch (IOException e) {
      // What a store says if another writer was first differs; what is there now decides.
      Optional<String> found = read(path.toString());
      if (found.isEmpty()) {
        throw e;
      }
      return found.get().equals(text);
    }
  }
}
