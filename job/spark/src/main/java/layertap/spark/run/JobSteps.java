package layertap.spark.run;

import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import layertap.failure.Printable;
import layertap.report.Redaction;
import layertap.spark.read.ReadSettings;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.OutputSchema;
import org.apache.spark.SparkContext;

/**
 * Names what Spark is asked to do, so that its pages and logs explain themselves: each of Spark's
 * jobs shows the model, the output, and the step that it is part of. Used by the driver's thread.
 */
public final class JobSteps {
  private static final String DESCRIPTION = "spark.job.description";

  /** Tells in which of Spark's jobs tasks extract. */
  private static final String EXTRACTS = "layertap.extracts";

  private static final int MOST_NAMES = 4;

  private JobSteps() {}

  /** Does a step of a run; gives what the step gives. */
  public static <T> T call(JobRun run, String step, Supplier<T> work) {
    SparkContext spark = run.spark().sparkContext();
    String before = spark.getLocalProperty(DESCRIPTION);
    spark.setJobDescription(
        Printable.line(
            Redaction.of(
                "layertap run %s, %s to %s: %s"
                    .formatted(run.runId(), run.config().model().path(), run.outputName(), step))));
    try {
      return work.get();
    } finally {
      spark.setJobDescription(before);
    }
  }

  /** Does a step that gives nothing. */
  public static void run(JobRun run, String step, Runnable work) {
    call(
        run,
        step,
        () -> {
          work.run();
          return null;
        });
  }

  /**
   * Marks Spark's jobs whose tasks extract, whose progress is shown and whose tasks have a size.
   *
   * @param imageFiles how many of them the input is; 0 if it is none
   */
  public static <T> T whileExtracting(JobRun run, long imageFiles, Supplier<T> work) {
    SparkContext spark = run.spark().sparkContext();
    spark.setLocalProperty(EXTRACTS, "true");
    try {
      return reading(run, imageFiles, work);
    } finally {
      spark.setLocalProperty(EXTRACTS, null);
    }
  }

  /** Plans or does what reads rows, few of them. */
  static <T> T reading(JobRun run, Supplier<T> work) {
    return reading(run, 0, work);
  }

  private static <T> T reading(JobRun run, long imageFiles, Supplier<T> work) {
    return SessionSettings.get(run.spark(), ReadSettings.of(run.spark(), imageFiles), work);
  }

  /** Whether tasks of one of Spark's jobs extract. */
  static boolean isExtracting(Properties job) {
    return job != null && job.containsKey(EXTRACTS);
  }

  /** The step that computes features, with the first of their names. */
  public static String extracting(OutputSchema schema) {
    List<String> names = schema.features().stream().map(FeatureColumn::name).toList();
    int shown = Math.min(names.size(), MOST_NAMES);
    String more = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
    return "extracting " + String.join(", ", names.subList(0, shown)) + more;
  }
}
