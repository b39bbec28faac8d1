package layertap.spark.run;

import java.util.UUID;
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
  private static final int RUN_ID_LENGTH = 8;

  /** A run with the configuration's name for it, or a random one. */
  public static JobRun of(SparkSession spark, JobConfig config, PlanBuilder.Planned planned) {
    String given = config.output().runId();
    return new JobRun(
        spark,
        config,
        planned,
        given.isEmpty() ? UUID.randomUUID().toString().substring(0, RUN_ID_LENGTH) : given,
        spark.sessionState().newHadoopConf());
  }

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
