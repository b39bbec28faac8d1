package layertap.spark.write;

import java.io.PrintStream;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.OutputException;
import layertap.failure.UserException;
import layertap.plan.PlanFingerprint;
import layertap.spark.read.InputKeys;
import layertap.spark.run.CheckedJob;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.ResolvedInput;
import layertap.spark.run.RunTotals;
import layertap.spark.schema.ParquetColumns;
import layertap.spark.schema.PartitionFolders;
import org.apache.hadoop.conf.Configuration;

/**
 * A run to a directory as far as it can be checked before rows are read. {@code plan} ends here,
 * {@code extract} goes on from here. Driver only.
 *
 * @param existing what is there
 * @param folders that the output is split into
 */
record PathPlan(
    JobConfig.Output output,
    ExistingOutput existing,
    ResolvedInput input,
    PartitionFolders folders) {
  /**
   * Judges a run; reads no rows.
   *
   * @param log takes a warning where not all can be compared
   * @throws UserException if model, input and configuration do not fit together
   * @throws OutputException if the output cannot be written as asked
   */
  static PathPlan of(JobRun job, OutputPlace place, ExistingOutput existing, PrintStream log) {
    JobConfig.Output output = job.config().output();
    ResolvedInput input = JobSteps.call(job, "opening the input", () -> ResolvedInput.of(job, log));
    List<String> partitionBy = input.schema().partitionColumns(output.partitionBy());
    int longestName =
        place.store().renamesDirectories() ? PartitionFolders.LONGEST_FILE_NAME : Integer.MAX_VALUE;
    PartitionFolders folders =
        PartitionFolders.of(
            input.schema().toStructType(),
            partitionBy,
            job.spark().sessionState().conf().sessionLocalTimeZone(),
            longestName);
    ParquetColumns.require(input.schema().toStructType());
    existing.requireSame(
        new SamePlan(job.description().fingerprint(), output.path(), log),
        RunTotals.columns(input.schema()),
        folders,
        output,
        job.runId());
    OwnInput.refuse(job, input.source().rows(), place.target());
    existing.requireOwn(output);
    if (output.comparesKeys()) {
      InputKeys.require(input.source(), output.key());
    }
    return new PathPlan(output, existing, input, folders);
  }

  /**
   * Judges an output alone.
   *
   * @return the output in words
   * @throws OutputException if it cannot be written as asked
   */
  static String withoutInput(
      JobConfig.Output output, PlanFingerprint plan, Configuration hadoop, PrintStream log) {
    OutputPlace place = OutputPlace.of(output, hadoop);
    ExistingOutput existing = place.found();
    existing.requireSamePlan(new SamePlan(plan, output.path(), log), output);
    existing.requireOwn(output);
    return existing.text(output);
  }

  /** For those who tell of it. */
  CheckedJob checked() {
    return new CheckedJob(input, existing.text(output));
  }
}
