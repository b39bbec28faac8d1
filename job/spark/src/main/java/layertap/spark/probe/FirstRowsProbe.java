package layertap.spark.probe;

import java.io.PrintStream;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.FirstLine;
import layertap.plan.FirstRowsPlan;
import layertap.report.FirstRows;
import layertap.spark.read.RowSource;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/** Reads the first rows of an input and has them fed. Driver only. */
public final class FirstRowsProbe {
  private final SparkSession spark;
  private final JobConfig config;
  private final Configuration hadoop;

  /**
   * Prepares; reads nothing.
   *
   * @param hadoop settings of the session
   */
  public FirstRowsProbe(SparkSession spark, JobConfig config, Configuration hadoop) {
    this.spark = spark;
    this.config = config;
    this.hadoop = hadoop;
  }

  /**
   * Looks at the first rows. A failure does not end the job, which will fail by itself if it must.
   *
   * @param count how many rows; nothing is read if it is 0
   * @param log takes the ranges and the warnings
   */
  public FirstRows run(FirstRowsPlan plan, RowSource.Source source, int count, PrintStream log) {
    try {
      FirstRows found = look(plan, source, count);
      found.ranges().forEach(range -> log.println("layertap: " + range.text(found.rows())));
      found.warnings().forEach(warning -> log.println("layertap: warning: " + warning));
      return found;
    } catch (RuntimeException e) {
      log.println("layertap: warning: cannot look at the first rows: " + FirstLine.of(e));
      return FirstRows.NONE;
    }
  }

  /** Looks at the first rows; nothing is read if their count is 0. */
  public FirstRows look(FirstRowsPlan plan, RowSource.Source source, int count) {
    if (count == 0 || plan.feeds().isEmpty()) {
      return FirstRows.NONE;
    }
    // Collected first: Spark then reads a partition, and more only if that has too few rows.
    List<Row> rows = source.rows().limit(count).collectAsList();
    if (rows.isEmpty()) {
      return FirstRows.NONE;
    }
    FirstRowsPartition function =
        new FirstRowsPartition(
            config.model().path(),
            FirstRowsPartition.bytes(plan),
            source.feeds(),
            SerializableConfiguration.broadcast(spark.sparkContext(), hadoop),
            config.run().batchSeconds(),
            spark.sparkContext().conf().getInt("spark.task.cpus", 1));
    Dataset<Row> small = spark.createDataFrame(rows, source.rows().schema()).coalesce(1);
    List<byte[]> found = small.mapPartitions(function, Encoders.BINARY()).collectAsList();
    return found.isEmpty() ? FirstRows.NONE : (FirstRows) FirstRowsPartition.read(found.get(0));
  }
}
