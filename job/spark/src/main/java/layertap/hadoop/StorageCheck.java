package layertap.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import layertap.failure.FirstLine;
import layertap.failure.UserException;
import layertap.process.ProcessState;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;

/**
 * Asks storage once before a job relies on it: whether it answers, lets us in, and is there at all.
 * What Hadoop's clients would try again for minutes then takes seconds to be told. Thread-safe.
 */
final class StorageCheck {
  /** How often clients of storage try again, here alone; what the user set stays. */
  private static final Map<String, String> FEW_TRIES =
      Map.of(
          "fs.s3a.retry.limit", "2",
          "fs.s3a.attempts.maximum", "2",
          "fs.s3a.connection.establish.timeout", "15s",
          "ipc.client.connect.max.retries", "3",
          "ipc.client.connect.max.retries.on.timeouts", "2",
          "ipc.client.connect.timeout", "5000",
          "dfs.client.retry.max.attempts", "3",
          "dfs.client.failover.max.attempts", "4");

  private static final String DEFAULTS = "default.xml";

  /** Scheme and authority of storage that answered. */
  private final Set<String> reached = ConcurrentHashMap.newKeySet();

  /** The check of this JVM. */
  static StorageCheck ofThisJvm() {
    return ProcessState.ofThisJvm().get(StorageCheck.class, StorageCheck::new);
  }

  /**
   * Asks for each of the paths; none of them need be there. Paths without a scheme are those of the
   * default file system.
   *
   * @throws UncheckedIOException if the storage of one does not answer or does not let us in
   * @throws UserException if nothing on the class path can read it, or Java has no name for it
   */
  void requireReachable(List<String> paths, Configuration configuration) {
    Configuration impatient = impatient(configuration);
    for (String path : paths) {
      Path asked = HadoopFiles.path(path);
      URI storage = HadoopFiles.fileSystem(asked, configuration);
      String name = storage.getScheme() + "://" + storage.getAuthority();
      if (storage.getScheme().equals("file")) {
        LocalNames.requireNamed(path);
      } else if (reached.add(name)) {
        try {
          ask(asked, impatient);
        } catch (RuntimeException e) {
          reached.remove(name);
          throw e;
        }
      }
    }
  }

  private static Configuration impatient(Configuration configuration) {
    Configuration impatient = new Configuration(configuration);
    FEW_TRIES.forEach(
        (key, value) -> {
          if (isDefault(configuration.getPropertySources(key))) {
            impatient.set(key, value);
          }
        });
    return impatient;
  }

  private static boolean isDefault(String[] sources) {
    return sources == null || sources.length == 0 || sources[sources.length - 1].endsWith(DEFAULTS);
  }

  private static void ask(Path path, Configuration configuration) {
    // Not from Hadoop's cache, in which the job's own file system shall have its usual patience.
    try (FileSystem fileSystem = FileSystem.newInstance(path.toUri(), configuration)) {
      fileSystem.getFileStatus(path);
    } catch (FileNotFoundException e) {
      // Storage answered; whether the path must be there is for others to say.
    } catch (IOException e) {
      if (e instanceof UnsupportedFileSystemException) {
        throw withoutReader(path, e);
      }
      // The client's message may go on over many lines; the first says why.
      throw new UncheckedIOException("cannot reach " + path, new IOException(FirstLine.of(e), e));
    } catch (RuntimeException | NoClassDefFoundError e) {
      if (isClassMissing(e)) {
        throw withoutReader(path, e);
      }
      throw e;
    }
  }

  static UserException withoutReader(Path path, Throwable failure) {
    String scheme = path.toUri().getScheme();
    String remedy =
        scheme.equals("s3a")
            ? "add --packages org.apache.hadoop:hadoop-aws:%s to spark-submit"
                .formatted(VersionInfo.getVersion())
            : "is the scheme right? s3 is read as s3a://";
    return new UserException(
        "cannot reach " + path + ": nothing on the class path reads " + scheme + "://; " + remedy,
        failure);
  }

  static boolean isClassMissing(Throwable failure) {
    Throwable current = failure;
    while (current != null && !(current instanceof ClassNotFoundException)) {
      current = current.getCause();
    }
    return current != null || failure instanceof NoClassDefFoundError;
  }
}
