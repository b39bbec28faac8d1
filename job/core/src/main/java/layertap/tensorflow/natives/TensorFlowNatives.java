package layertap.tensorflow.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.failure.EnvironmentException;
import layertap.failure.FirstLine;
import layertap.failure.LayertapException;
import layertap.failure.UserException;
import org.bytedeco.javacpp.Loader;
import org.tensorflow.TensorFlow;

/** Loads TensorFlow's shared libraries, which JavaCPP unpacks once for each user of a host. */
public final class TensorFlowNatives {
  private static final int MOST_CAUSES = 10;

  /** What the system says of a file that another folder would hold, map or run as it is. */
  private static final Pattern OF_FOLDER =
      Pattern.compile(
          "no space left|quota exceeded|not enough space|read-only file system|permission denied"
              + "|not permitted|failed to map segment|ELF (file|header|load command)"
              + "|file too short|cannot read file data|truncated|not a mach-o",
          Pattern.CASE_INSENSITIVE);

  /** Why they cannot be loaded. Java does not try again, and does not say it twice. */
  private static Reason first;

  /**
   * Why they cannot be loaded.
   *
   * @param isOfClasses whether classes do not fit each other, or one is missing
   */
  record Reason(String text, boolean isOfClasses) {
    static Reason of(LinkageError error) {
      Throwable cause = innermost(error);
      if (cause instanceof IncompatibleClassChangeError
          || cause instanceof ClassNotFoundException
          || cause instanceof VerifyError) {
        return new Reason(FirstLine.of(cause.toString()), true);
      }
      String message = cause.getMessage();
      boolean isSilent = message == null || message.isBlank();
      return new Reason(isSilent ? cause.getClass().getTypeName() : FirstLine.of(message), false);
    }
  }

  private TensorFlowNatives() {}

  /**
   * Loads them. Two JVMs of one host that unpack at once trip over each other; hence a lock.
   *
   * @param isOwnProcess whether nobody but layertap uses JavaCPP in this JVM. Then libraries that
   *     are unpacked are loaded without JavaCPP, which looks for those of CUDA in each jar of the
   *     class path: most of a second.
   * @throws UncheckedIOException if there is no folder to unpack to
   * @throws EnvironmentException if they cannot be loaded from it, as where it is full, or by this
   *     system
   * @throws UserException if there are none for this platform, or classes do not fit them
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
      first = first == null ? Reason.of(e) : first;
      throw notLoaded(temporary, first, e);
    }
  }

  /** Says why they were not loaded, and blames the folder for what another one would mend. */
  static LayertapException notLoaded(String temporary, Reason reason, LinkageError error) {
    if (UnpackedLibraries.find(TensorFlow.class.getClassLoader()).isEmpty()) {
      return new UserException(
          ("cannot load TensorFlow's natives: there are none for %1$s on the class path; build"
                  + " layertap with -Djavacpp.platform=%1$s, or add tensorflow-core-native with the"
                  + " classifier %1$s")
              .formatted(Loader.getPlatform()),
          error);
    }
    if (reason.isOfClasses()) {
      return new UserException(
          ("cannot load TensorFlow's natives: %s: the class path has other versions of JavaCPP,"
                  + " protobuf or TensorFlow than layertap was built with, or lacks one; leave only"
                  + " layertap's own there")
              .formatted(reason.text()),
          error);
    }
    return new EnvironmentException(
        OF_FOLDER.matcher(reason.text()).find()
            ? ("cannot load TensorFlow's natives from %s: %s; set -Djava.io.tmpdir to a folder with"
                    + " 500 MB to write to that is not mounted noexec")
                .formatted(temporary, reason.text())
            : ("cannot load TensorFlow's natives: %s; those on the class path are for %s, with the"
                    + " C library that TensorFlow needs (on Linux glibc, not musl): run on such a"
                    + " system")
                .formatted(reason.text(), Loader.getPlatform()),
        error);
  }

  /** JavaCPP says last of all that there is no library, and before what is wrong with it. */
  private static Throwable innermost(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; depth < MOST_CAUSES && cause.getCause() != null; depth++) {
      cause = cause.getCause();
    }
    return cause;
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
