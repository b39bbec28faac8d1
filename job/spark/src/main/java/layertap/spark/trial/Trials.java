package layertap.spark.trial;

import layertap.config.JobConfig;
import layertap.extract.check.LocalTrial;
import layertap.inference.TimeLimit;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;

/** Where a configuration wants its model to be tried. */
public final class Trials {
  private Trials() {}

  /**
   * A trial in a JVM of its own, or in this one if {@code run.trial-seconds} is 0; the caller
   * closes it.
   *
   * @param files of the model
   */
  public static ModelTrial open(JobConfig config, ModelFiles files, int threadsPerTask) {
    int seconds = config.run().trialSeconds();
    return seconds > 0
        ? ChildTrial.start(config.model().path(), seconds, threadsPerTask)
        : new LocalTrial(files, threadsPerTask, TimeLimit.ofSeconds(config.run().batchSeconds()));
  }
}
