package layertap.spark.failure;

import layertap.process.StuckThreads;
import layertap.spark.version.UserApplicationExit;
import org.apache.spark.SparkUserAppException;

/** Ends the job's process so that whoever started it learns the exit code. */
public final class ProcessEnd {
  private ProcessEnd() {}

  /**
   * Ends this JVM. A driver inside a cluster of YARN returns or throws instead: its application
   * master takes any exit for a failure, and hands on the code of this exception.
   *
   * @throws SparkUserAppException on YARN, for a code other than 0
   */
  public static void with(int exitCode) throws SparkUserAppException {
    if (!isInYarn()) {
      if (StuckThreads.ofThisJvm().areAny()) {
        // What TensorFlow does at an orderly end would meet an op that still runs.
        Runtime.getRuntime().halt(exitCode);
      }
      System.exit(exitCode);
    } else if (exitCode != 0) {
      throw UserApplicationExit.of(exitCode);
    }
  }

  /** Whether this JVM ends already, as after a signal: then it takes no hooks for its end. */
  public static boolean isUnderWay() {
    Thread hook = new Thread(() -> {}, "layertap-end");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static boolean isInYarn() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }
}
