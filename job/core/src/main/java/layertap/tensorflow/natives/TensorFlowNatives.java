package layertap.tensorflow.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import layertap.failure.EnvironmentException;
import layertap.failure.FirstLine;
import layertap.failure.LayertapException;
import layertap.failure.UserException;
import org.bytedeco.javacpp.Loader;
import org.tensorflow.TensorFlow;

/** Loads TensorFlow's shared libraries, which JavaCPP unpacks once for each user of a host. */
public final class TensorFlowNatives {
  private static final int MOST_CAUSES = 10;

  /** Why they cannot be loaded. Java does not try again, and does not say it twice. */
  private static String reason = "";

  private TensorFlowNatives() {}

  /**
   * Loads them. Two JVMs of one host that unpack at once trip over each other; hence a lock.
   *
   * @param isOwnProcess whether nobody but layertap uses JavaCPP in this JVM. Then libraries that
   *     are unpacked are loaded without JavaCPP, which looks for those of CUDA in each jar of the
   *     class path: most of a second.
   * @throws UncheckedIOException if there is no folder to unpack to
   * @throws EnvironmentException if they cannot be loaded from it, as where it is full
   * @throws UserException if there are none for this platform
   */
  public static synchronized void load(boolean isOwnProcess) {
    // JavaCPP would count the whole process against a limit derived from -Xmx and stop healthy
    // jobs.
    System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
    String temporary = System.getProperty("java.io.tmpdir");
    try {
      Path folder = NativesFolder.find(Path.of(temporary));
      System.setProperty("org.bytedeco.javacpp.cachedir", folder.toString());
      try (FileChannel lockFile =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        FileLock lock = lockFile.lock();
        load(isOwnProcess ? UnpackedLibraries.in(folder) : Optional.empty());
        lock.release();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          ("cannot unpack TensorFlow's natives to %s; set -Djava.io.tmpdir to a folder "
                  + "with 500 MB to write to")
              .formatted(temporary),
          e);
    } catch (LinkageError e) {
      reason = reason.isEmpty() ? innermost(e) : reason;
      throw notLoaded(temporary, e);
    }
  }

  private static LayertapException notLoaded(String temporary, LinkageError error) {
    if (UnpackedLibraries.find(TensorFlow.class.getClassLoader()).isEmpty()) {
      return new UserException(
          ("cannot load TensorFlow's natives: there are none for %1$s on the class path; build"
                  + " layertap with -Djavacpp.platform=%1$s, or add tensorflow-core-native with the"
                  + " classifier %1$s")
              .formatted(Loader.getPlatform()),
          error);
    }
    return new EnvironmentException(
        ("cannot load TensorFlow's natives from %s: %s; set -Djava.io.tmpdir to a folder with"
                + " 500 MB to write to that is not mounted noexec")
            .formatted(temporary, reason),
        error);
  }

  /** JavaCPP says last of all that there is no library, and before what is wrong with it. */
  private static String innermost(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; depth < MOST_CAUSES && cause.getCause() != null; depth++) {
      cause = cause.getCause();
    }
    return FirstLine.of(cause);
  }

  private static void load(Optional<UnpackedLibraries> unpacked) throws IOException {
    List<Path> known = unpacked.isPresent() ? unpacked.get().known() : List.of();
    if (!known.isEmpty()) {
      System.setProperty("org.bytedeco.javacpp.loadlibraries", "false");
      known.forEach(library -> System.load(library.toString()));
    }
    TensorFlow.version();
    if (known.isEmpty() && unpacked.isPresent()) {
      unpacked.get().remember(Loader.getLoadedLibraries().values());
    }
  }
}
