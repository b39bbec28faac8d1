package layertap.spark.read;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** How Spark divides files into tasks and reads them. */
public final class ReadSettings {
  private static final String OPEN_COST = "spark.sql.files.openCostInBytes";
  private static final String LEAST_TASKS = "spark.sql.files.minPartitionNum";
  private static final String PARQUET_BATCH = "spark.sql.parquet.columnarReaderBatchSize";
  private static final String ORC_BATCH = "spark.sql.orc.columnarReaderBatchSize";

  /**
   * Spark counts 4 MB for each file that is opened, so that 32 small files are a task: too few, as
   * each task writes a file of its own, and all of these are merged. Where there are fewer files
   * than that for each core Spark makes smaller tasks by itself.
   */
  private static final String SMALL_FILE_BYTES = "1m";

  /**
   * Spark decodes 4,096 rows at once, which is meant for rows of a few numbers: of photos that is
   * half a gigabyte, of arrays of 150,000 numbers, with what says where each begins, seven.
   */
  private static final String DECODED_ROWS = "64";

  private static final Map<String, String> SETTINGS =
      Map.of(OPEN_COST, SMALL_FILE_BYTES, PARQUET_BATCH, DECODED_ROWS, ORC_BATCH, DECODED_ROWS);

  /** With five tasks of 120 photos, one of two cores would be idle for a sixth of the time. */
  private static final long TASKS_OF_A_CORE = 8;

  /** But what a task takes beside its rows shall be little. */
  private static final long LEAST_FILES = 64;

  private ReadSettings() {}

  /**
   * Settings under which rows are read; what the session's user has set stays.
   *
   * @param imageFiles how many of them the input is; 0 if it is none
   */
  public static Map<String, String> of(SparkSession spark, long imageFiles) {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    long cores = spark.sparkContext().defaultParallelism();
    long tasksOfACore = Math.min(imageFiles / LEAST_FILES / cores, TASKS_OF_A_CORE);
    if (tasksOfACore > 1) {
      settings.put(LEAST_TASKS, Long.toString(tasksOfACore * cores));
    }
    settings.keySet().removeIf(key -> spark.conf().getAll().contains(key));
    return settings;
  }
}
