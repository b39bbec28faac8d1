package layertap.spark.write;

import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.config.JobConfig;
import layertap.publish.Publication;
import layertap.report.Manifest;
import layertap.report.ManifestWriter;
import layertap.spark.read.InputKeys;
import layertap.spark.run.ExtractedRows;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.RowDemands;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.task.CheckedFolders;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A run that holds its output. Driver only.
 *
 * @param target the output's path, qualified
 */
record OutputRun(
    JobRun job,
    RunTotals totals,
    Publication publication,
    ExistingOutput existing,
    ExtractedRows extracted,
    CheckedFolders folders,
    String target,
    RowLimit limit) {
  JobConfig.Output output() {
    return job.config().output();
  }

  List<String> partitionBy() {
    return extracted.schema().partitionColumns(output().partitionBy());
  }

  RowDemands demands() {
    return new RowDemands(job.config(), limit, extracted.source(), totals);
  }

  /** The keys of the input, which the caller closes. */
  InputKeys inputKeys() {
    return InputKeys.read(job.spark(), extracted.source(), output().key());
  }

  /** The keys that are there already. */
  Dataset<Row> existingKeys(InputKeys keys) {
    return ExistingOutput.keys(job.spark(), keys.fields(), target, existing.files(), partitionBy());
  }

  /** Writes rows of the input, with their features, beside the output. */
  StagedFiles write(Dataset<Row> rows) {
    Map<String, String> options = ParquetSettings.of(extracted.schema(), output().compression());
    StagedFiles staged =
        JobSteps.whileExtracting(
            job,
            extracted.imageFiles(),
            () ->
                StagedFiles.write(
                    extracted.of(rows, folders),
                    publication.directory(),
                    job.runId(),
                    partitionBy(),
                    options));
    folders.requireNoMixture();
    return staged;
  }

  FileMerge merge() {
    return new FileMerge(job.spark(), job.hadoop(), publication.directory());
  }

  /**
   * Publishes files that were written, with the manifest of the run so far.
   *
   * @param isComplete whether nothing of the input is missing then
   * @param replaces whether what is there goes
   */
  Manifest publish(Set<String> files, boolean isComplete, boolean replaces) {
    Manifest manifest = totals.manifest(extracted.schema(), isComplete, existing.runs());
    publication.publish(files, ManifestWriter.toJson(manifest), replaces);
    return manifest;
  }
}
