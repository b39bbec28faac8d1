package layertap.spark.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import layertap.report.TaskReport;
import layertap.report.WrittenFile;
import layertap.spark.run.SessionSettings;
import layertap.spark.write.ListedFilesCommitProtocol.Commit;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/**
 * Parquet files that a Spark job wrote: those of committed attempts, and what these attempts did.
 */
record StagedFiles(List<WrittenFile> files, List<TaskReport> reports) {
  /**
   * What the promise of publication rests on is set here, whatever the cluster's defaults say:
   * whose files count, and that files are written as Parquet readers anywhere expect.
   */
  private static final Map<String, String> FORCED =
      Map.of(
          "spark.sql.sources.commitProtocolClass", ListedFilesCommitProtocol.class.getName(),
          "spark.sql.sources.useV1SourceList", "parquet",
          "spark.sql.sources.partitionOverwriteMode", "static",
          "spark.sql.parquet.writeLegacyFormat", "false",
          "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS",
          "spark.sql.files.maxRecordsPerFile", "0");

  StagedFiles {
    files = List.copyOf(files);
    reports = List.copyOf(reports);
  }

  /**
   * Writes rows to a directory.
   *
   * @param runId part of the names of files
   * @param partitionBy columns that become folders
   */
  static StagedFiles write(
      Dataset<Row> rows,
      String directory,
      String runId,
      List<String> partitionBy,
      Map<String, String> options) {
    DataFrameWriter<Row> writer =
        rows.write()
            .options(options)
            .option(ListedFilesCommitProtocol.RUN_KEY, runId)
            .partitionBy(partitionBy.toArray(String[]::new))
            .mode(SaveMode.Append);
    SessionSettings.during(rows.sparkSession(), FORCED, () -> writer.parquet(directory));
    List<WrittenFile> files = new ArrayList<>();
    List<TaskReport> reports = new ArrayList<>();
    for (Commit commit : ListedFilesCommitProtocol.takeCommits(directory)) {
      files.addAll(commit.files());
      reports.add(commit.report());
    }
    return new StagedFiles(files, reports);
  }
}
