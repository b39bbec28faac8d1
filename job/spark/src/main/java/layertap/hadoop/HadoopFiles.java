package layertap.hadoop;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.model.saved.LocalModelFiles;
import layertap.model.saved.ModelFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIsDirectoryException;

/** Opens what a command names, on any file system, without Spark. */
public final class HadoopFiles {
  private static final String SPARK_PREFIX = "spark.hadoop.";

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private static final String DEFAULT_FILE_SYSTEM = SPARK_PREFIX + "fs.defaultFS";

  /** Whether a folder has Hadoop's settings: that of the environment, or one on the class path. */
  private static final boolean IS_CONFIGURED =
      System.getenv("HADOOP_CONF_DIR") != null
          || Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
              .anyMatch(folder -> new File(folder, "core-site.xml").isFile());

  private HadoopFiles() {}

  /** The files of a model. Hadoop, which takes its time to start, is not asked for a local path. */
  public static ModelFiles model(String path) {
    return isLocal(path) ? LocalModelFiles.at(path) : HadoopModelFiles.of(path, configuration());
  }

  /**
   * Asks the storage of some paths whether it answers; the paths need not be there.
   *
   * @throws UncheckedIOException if it does not
   * @throws UserException if nothing on the class path can read it, or Java has no name for it
   */
  public static void requireReachable(List<String> paths) {
    paths.stream().filter(HadoopFiles::isLocal).forEach(LocalNames::requireNamed);
    if (!paths.stream().allMatch(HadoopFiles::isLocal)) {
      StorageCheck.ofThisJvm().requireReachable(paths, configuration());
    }
  }

  /** A path without a scheme is, unless Hadoop may be told of another default file system. */
  private static boolean isLocal(String path) {
    return !path.contains(":") && !IS_CONFIGURED && System.getProperty(DEFAULT_FILE_SYSTEM) == null;
  }

  /** Hadoop's settings with those that spark-submit hands over as {@code spark.hadoop.…}. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    for (String property : System.getProperties().stringPropertyNames()) {
      if (property.startsWith(SPARK_PREFIX)) {
        configuration.set(property.substring(SPARK_PREFIX.length()), System.getProperty(property));
      }
    }
    return configuration;
  }

  /**
   * A path of any file system.
   *
   * @throws UserException if it cannot be one
   */
  public static Path path(String text) {
    try {
      return new Path(text);
    } catch (IllegalArgumentException e) {
      throw new UserException(
          ("cannot use the path '%s': %s; write it with its scheme, as in file:///data, "
                  + "or as ./data")
              .formatted(text, (e.getCause() == null ? e : e.getCause()).getMessage()),
          e);
    }
  }

  /** A path for a reader that takes patterns, to which no character of it is one. */
  public static String literal(String path) {
    return path.replaceAll("[\\[\\]{}*?\\\\]", "\\\\$0");
  }

  /**
   * The file system that a path is of, the default one if it names none: its scheme and authority.
   */
  public static URI fileSystem(Path path, Configuration configuration) {
    URI named = path.toUri();
    return named.getScheme() == null ? FileSystem.getDefaultUri(configuration) : named;
  }

  /**
   * The whole of a small file.
   *
   * @throws UserException if it is not there
   */
  public static byte[] read(String path) {
    return read(path, configuration());
  }

  /**
   * The same on the storage that some settings reach.
   *
   * @throws UserException if it is not there
   */
  public static byte[] read(String path, Configuration configuration) {
    try {
      return read(path(path), configuration);
    } catch (PathIsDirectoryException e) {
      throw new UserException("cannot read " + path + ": it is a directory; name a file", e);
    } catch (FileNotFoundException e) {
      throw new UserException("cannot read " + path + ": there is no such file; check the path", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /**
   * Writes a small file that is not there yet, with the folders above it.
   *
   * @throws UserException if it is there
   */
  public static void writeNew(String path, byte[] bytes) {
    try {
      if (isLocal(path)) {
        LocalNames.requireNamed(path);
        File file = new File(path).getAbsoluteFile();
        Files.createDirectories(file.getParentFile().toPath());
        Files.write(file.toPath(), bytes, StandardOpenOption.CREATE_NEW);
        return;
      }
      Path file = path(path);
      FileSystem fileSystem = file.getFileSystem(configuration());
      if (fileSystem.exists(file)) {
        throw new FileAlreadyExistsException(path);
      }
      try (OutputStream stream = fileSystem.create(file, false /* never over another */)) {
        stream.write(bytes);
      }
    } catch (FileAlreadyExistsException e) {
      throw new UserException(
          "cannot write %s: it is there already; name a new file".formatted(path), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }

  /** A file is too large for Java's memory. */
  static final class LargeFileException extends IOException {
    private static final long serialVersionUID = 1L;

    LargeFileException(Path file, long bytes) {
      super("'%s' has %s bytes, more than the 2 GB that a value may have".formatted(file, bytes));
    }
  }

  /**
   * The whole of a file.
   *
   * @throws PathIsDirectoryException if it is a directory, which some file systems open
   * @throws LargeFileException if it is larger than an array
   */
  static byte[] read(Path file, Configuration configuration) throws IOException {
    FileSystem fileSystem = file.getFileSystem(configuration);
    FileStatus status = fileSystem.getFileStatus(file);
    if (status.isDirectory()) {
      throw new PathIsDirectoryException(file.toString());
    }
    if (status.getLen() > LARGEST_ARRAY) {
      throw new LargeFileException(file, status.getLen());
    }
    try (InputStream stream = fileSystem.open(file)) {
      return stream.readAllBytes();
    }
  }
}
