package layertap.process;

import com.sun.jna.Library;
import com.sun.jna.Native;

/** Whether somebody looks at what this process prints. Thread-safe. */
public final class Terminal {
  /** Number of the file that standard output is. */
  public static final int STANDARD_OUTPUT = 1;

  /** Number of the file that standard error is. */
  public static final int STANDARD_ERROR = 2;

  /** The part of C's library that is used; POSIX has it in {@code unistd.h}. */
  private interface CLibrary extends Library {
    int isatty(int file);
  }

  private final int file;
  private Boolean is;

  /**
   * A file of this process.
   *
   * @param file one of the numbers above
   */
  public Terminal(int file) {
    this.file = file;
  }

  /**
   * Whether it is a terminal that can rewrite a line; none where that cannot be found out. Asked
   * once.
   */
  public synchronized boolean is() {
    if (is == null) {
      is = ask();
    }
    return is;
  }

  private boolean ask() {
    String kind = System.getenv("TERM");
    if (kind == null || kind.equals("dumb")) {
      return false;
    }
    try {
      return Native.load("c", CLibrary.class).isatty(file) == 1;
    } catch (LinkageError e) {
      return false;
    }
  }
}
