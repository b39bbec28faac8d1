package layertap.process;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Filters what natives print to standard error, which Java does not see: lines that an action is
 * known to print are dropped while it runs. Whatever else any thread prints meanwhile is printed
 * afterwards.
 */
public final class NativeErrors {
  private static final int STANDARD_ERROR = 2;

  /**
   * The part of C's library that is used; POSIX has it in {@code unistd.h} and {@code stdlib.h}.
   */
  private interface CLibrary extends Library {
    int dup(int file);

    int dup2(int from, int to);

    int close(int file);

    /** Makes a file whose name ends as the letters X say, which it replaces. */
    int mkstemp(byte[] template);

    int unlink(byte[] name);
  }

  private NativeErrors() {}

  /**
   * Does something without the lines that it prints. Where that is not possible, with them.
   *
   * @param isLeftOut of a line without its end
   */
  public static void filtered(Runnable action, Predicate<String> isLeftOut) {
    try {
      CLibrary library = Native.load("c", CLibrary.class);
      filtered(library, action, isLeftOut);
    } catch (LinkageError e) {
      action.run();
    }
  }

  private static void filtered(CLibrary library, Runnable action, Predicate<String> isLeftOut) {
    byte[] name =
        (System.getProperty("java.io.tmpdir") + "/layertap-errors-XXXXXX\0")
            .getBytes(StandardCharsets.UTF_8);
    System.err.flush();
    int before = library.dup(STANDARD_ERROR);
    int file = library.mkstemp(name);
    Path printed = Path.of(new String(name, 0, name.length - 1, StandardCharsets.UTF_8));
    if (before < 0 || file < 0) {
      // No descriptors are left.
      if (before >= 0) {
        library.close(before);
      }
      if (file >= 0) {
        library.close(file);
        library.unlink(name);
      }
      action.run();
      return;
    }
    library.dup2(file, STANDARD_ERROR);
    try {
      action.run();
    } finally {
      System.err.flush();
      library.dup2(before, STANDARD_ERROR);
      library.close(before);
      library.close(file);
      printRest(printed, isLeftOut);
    }
  }

  private static void printRest(Path printed, Predicate<String> isLeftOut) {
    try {
      // Whatever the characters are, they come out as they were.
      String text = Files.readString(printed, StandardCharsets.ISO_8859_1);
      Files.delete(printed);
      for (String line : text.split("(?<=\n)")) {
        if (!isLeftOut.test(line.stripTrailing())) {
          System.err.write(line.getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      System.err.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + printed, e);
    }
  }
}
