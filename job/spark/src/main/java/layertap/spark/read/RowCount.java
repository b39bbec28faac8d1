package layertap.spark.read;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import layertap.process.DaemonThread;
import layertap.report.Progress;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LeafNode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import scala.jdk.javaapi.CollectionConverters;

/** How many rows a job reads, where that is known without reading them. */
final class RowCount {
  /** Beyond so many the ends of files, which hold their counts, are not read for that. */
  private static final int MOST_FILES = 64;

  private RowCount() {}

  /**
   * The count, or {@link Progress#UNKNOWN}, once it is known: of files that are a row each at once,
   * of a few Parquet files as soon as their ends are read, beside whatever else is done.
   *
   * @param loaded the source as it is
   * @param chosen the same with the configuration's columns and predicate
   * @param isRowPerFile whether each file is a row
   */
  static CompletableFuture<Long> of(
      Dataset<Row> loaded, Dataset<Row> chosen, boolean isRowPerFile) {
    List<FileStatus> files = InputLoader.files(loaded);
    if (!isOneToOne(chosen.queryExecution().analyzed())) {
      return unknown();
    }
    if (isRowPerFile) {
      return CompletableFuture.completedFuture((long) files.size());
    }
    boolean isCountable = isParquet(loaded) && !files.isEmpty() && files.size() <= MOST_FILES;
    Configuration hadoop = chosen.sparkSession().sessionState().newHadoopConf();
    return isCountable
        ? CompletableFuture.supplyAsync(() -> inFiles(files, hadoop), RowCount::runAside)
            // Whatever keeps it from being read keeps the job from its rows, and is told there.
            .exceptionally(failure -> Progress.UNKNOWN)
        : unknown();
  }

  private static CompletableFuture<Long> unknown() {
    return CompletableFuture.completedFuture(Progress.UNKNOWN);
  }

  private static void runAside(Runnable work) {
    DaemonThread.start("layertap-row-count", work);
  }

  /** Whether each row of the source is one row. */
  private static boolean isOneToOne(LogicalPlan plan) {
    boolean keepsRows =
        plan instanceof Project || plan instanceof Union || plan instanceof LeafNode;
    return keepsRows
        && CollectionConverters.asJava(plan.children()).stream().allMatch(RowCount::isOneToOne);
  }

  private static boolean isParquet(Dataset<Row> files) {
    return files.queryExecution().analyzed() instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation read
        && read.fileFormat() instanceof ParquetFileFormat;
  }

  private static long inFiles(List<FileStatus> files, Configuration hadoop) {
    long rows = 0;
    for (FileStatus file : files) {
      try (ParquetFileReader reader =
          ParquetFileReader.open(HadoopInputFile.fromStatus(file, hadoop))) {
        rows += reader.getRecordCount();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot count the rows of " + file.getPath(), e);
      }
    }
    return rows;
  }
}
