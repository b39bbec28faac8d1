package layertap.spark.run;

import layertap.config.JobConfig;
import layertap.plan.PlanBuilder;
import layertap.plan.PlanDescription;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * One run of a planned job: what all of its parts need. Driver only.
 *
 * @param runId names the run in its files, its manifest, and the lease on its output
 * @param hadoop settings of the session
 */
public record JobRun(
    SparkSession spark,
    JobConfig config,
    PlanBuilder.Planned planned,
    String runId,
    Configuration hadoop) {
  /** The path of the output, or its table. */
  public String outputName() {
    String table = config.output().table();
    return table.isEmpty() ? config.output().path() : table;
  }

  /** The plan in plain values. */
  public PlanDescription description() {
    return new PlanDescription(config, planned);
  }
}
