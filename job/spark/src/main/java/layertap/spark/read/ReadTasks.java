package layertap.spark.read;

import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** How Spark divides files into tasks. */
public final class ReadTasks {
  private static final String OPEN_COST = "spark.sql.files.openCostInBytes";

  /**
   * Spark counts 4 MB for each file that is opened, so that 32 small files are a task: too few, as
   * each task writes a file of its own, and all of these are merged. Where there are fewer files
   * than that for each core Spark makes smaller tasks by itself.
   */
  private static final String SMALL_FILE_BYTES = "1m";

  private ReadTasks() {}

  /** Settings under which rows are read; what the session's user has set stays. */
  public static Map<String, String> settings(SparkSession spark) {
    return spark.conf().getAll().contains(OPEN_COST)
        ? Map.of()
        : Map.of(OPEN_COST, SMALL_FILE_BYTES);
  }
}
