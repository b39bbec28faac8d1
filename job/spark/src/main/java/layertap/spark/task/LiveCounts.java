package layertap.spark.task;

import java.io.Serializable;
import layertap.report.TaskReport;
import org.apache.spark.SparkContext;
import org.apache.spark.util.DoubleAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * Accumulators that Spark's pages show by their names, and lines of progress are made from. They
 * are for watching: what is reported comes from the attempts that are committed.
 */
public record LiveCounts(
    LongAccumulator rows,
    LongAccumulator invalidRows,
    LongAccumulator batches,
    LongAccumulator sessionOpens,
    DoubleAccumulator decodeSeconds,
    DoubleAccumulator inferenceSeconds,
    DoubleAccumulator writeSeconds)
    implements Serializable {
  /** Names of those that lines of progress show. */
  public static final String ROWS = "layertap rows";

  public static final String INVALID_ROWS = "layertap invalid rows";

  private static final double NANOS_PER_SECOND = 1e9;

  public static LiveCounts register(SparkContext spark) {
    return new LiveCounts(
        spark.longAccumulator(ROWS),
        spark.longAccumulator(INVALID_ROWS),
        spark.longAccumulator("layertap batches"),
        spark.longAccumulator("layertap session opens"),
        spark.doubleAccumulator("layertap decode seconds"),
        spark.doubleAccumulator("layertap inference seconds"),
        spark.doubleAccumulator("layertap write seconds"));
  }

  void add(TaskReport news) {
    rows.add(news.rows().read());
    invalidRows.add(news.rows().invalid());
    batches.add(news.batches());
    sessionOpens.add(news.sessionOpens());
    decodeSeconds.add(news.times().decode() / NANOS_PER_SECOND);
    inferenceSeconds.add(news.times().inference() / NANOS_PER_SECOND);
    writeSeconds.add(news.times().write() / NANOS_PER_SECOND);
  }
}
