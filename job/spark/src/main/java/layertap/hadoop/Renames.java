package layertap.hadoop;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;

/**
 * How a file system renames. Hadoop's {@code FileSystem.rename} means something else on each: it
 * may move into a directory that is there, replace a file, or say false.
 */
sealed interface Renames {
  /** On these a rename is one step; others may copy. */
  Set<String> ATOMIC_SCHEMES = Set.of("hdfs", "webhdfs", "viewfs");

  static Renames of(FileSystem fileSystem) throws IOException {
    String scheme = fileSystem.getUri().getScheme();
    if (scheme.equals("file")) {
      return new Local(fileSystem);
    }
    return ATOMIC_SCHEMES.contains(scheme)
        ? new Namespace(
            fileSystem, FileContext.getFileContext(fileSystem.getUri(), fileSystem.getConf()))
        : new Objects(fileSystem);
  }

  FileSystem fileSystem();

  /** Whether readers see a renamed file or directory under one name at a time, and whole. */
  boolean areAtomic();

  /** Renames a directory to a name that is not there. */
  void rename(Path from, Path to) throws IOException;

  /** Renames a file over another one. */
  void replace(Path from, Path to) throws IOException;

  /** Renames a file unless the new name is there; says whether it did. */
  boolean renameUnlessTaken(Path from, Path to) throws IOException;

  /** Makes the directories that files below a directory are in. */
  default void makeParents(Path directory, List<String> files) throws IOException {
    Set<Path> parents =
        files.stream()
            .map(file -> new Path(directory, file).getParent())
            .collect(Collectors.toSet());
    for (Path parent : parents) {
      fileSystem().mkdirs(parent);
    }
  }

  default void moveFiles(Path from, Path to, List<String> files) throws IOException {
    makeParents(to, files);
    for (String file : files) {
      replace(new Path(from, file), new Path(to, file));
    }
  }

  /** Folders of this machine. Hadoop keeps a checksum beside each file; it must not outlive it. */
  record Local(FileSystem fileSystem) implements Renames {
    @Override
    public boolean areAtomic() {
      return true;
    }

    private static File local(Path path) {
      return new File(path.toUri().getPath());
    }

    private static Path checksum(Path path) {
      return new Path(path.getParent(), "." + path.getName() + ".crc");
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      Files.move(local(from).toPath(), local(to).toPath());
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
      Files.deleteIfExists(local(checksum(to)).toPath());
      Files.move(
          local(from).toPath(),
          local(to).toPath(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      Files.deleteIfExists(local(checksum(from)).toPath());
    }

    @Override
    public boolean renameUnlessTaken(Path from, Path to) throws IOException {
      try {
        // A link, other than a move, fails if the name is taken.
        Files.createLink(local(to).toPath(), local(from).toPath());
        fileSystem.delete(from, false);
        return true;
      } catch (FileSystemException | UnsupportedOperationException e) {
        return !fileSystem.exists(to) && moveUnlessTaken(from, to);
      }
    }

    /** Without links, as on memory cards and some network drives, two at once may both move. */
    private static boolean moveUnlessTaken(Path from, Path to) throws IOException {
      try {
        Files.move(local(from).toPath(), local(to).toPath());
        return true;
      } catch (FileSystemException e) {
        return false;
      }
    }
  }

  /** A name node's directories. */
  record Namespace(FileSystem fileSystem, FileContext context) implements Renames {
    @Override
    public boolean areAtomic() {
      return true;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      context.rename(from, to);
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
      context.rename(from, to, Rename.OVERWRITE);
    }

    @Override
    public boolean renameUnlessTaken(Path from, Path to) throws IOException {
      try {
        context.rename(from, to);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
  }

  /** Objects, copied under their new name, several at once. */
  record Objects(FileSystem fileSystem) implements Renames {
    private static final int THREADS = 16;

    @Override
    public boolean areAtomic() {
      return false;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      throw new UnsupportedOperationException("directories of an object store");
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
      // It throws if the file is not there: what replaces nothing must not delete anything.
      fileSystem.getFileStatus(from);
      fileSystem.delete(to, false);
      if (!fileSystem.rename(from, to)) {
        throw new IOException("the file system refused to rename " + from + " to " + to);
      }
    }

    @Override
    public boolean renameUnlessTaken(Path from, Path to) throws IOException {
      throw new UnsupportedOperationException("exclusive names in an object store");
    }

    @Override
    public void moveFiles(Path from, Path to, List<String> files) throws IOException {
      makeParents(to, files);
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try {
        List<Callable<Void>> moves = new ArrayList<>();
        for (String file : files) {
          moves.add(
              () -> {
                replace(new Path(from, file), new Path(to, file));
                return null;
              });
        }
        for (Future<Void> move : threads.invokeAll(moves)) {
          move.get();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
      } finally {
        end(threads);
      }
    }

    /** What is moved after its caller gave up might be moved into the output of a later run. */
    private static void end(ExecutorService threads) {
      threads.shutdownNow();
      boolean isInterrupted = false;
      while (!threads.isTerminated()) {
        try {
          threads.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
