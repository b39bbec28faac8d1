package layertap.spark;

import layertap.config.JobConfig;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * One run of a planned job: what all of its parts need. Driver only.
 *
 * @param runId names the run in its files, its manifest, and the lease on its output
 * @param hadoop settings of the session
 */
record JobRun(
    SparkSession spark,
    JobConfig config,
    PlanBuilder.Planned planned,
    String runId,
    Configuration hadoop) {
  /** The plan in plain values. */
  PlanDescription description() {
    return new PlanDescription(config, planned);
  }
}
