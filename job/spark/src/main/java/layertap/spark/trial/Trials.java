package layertap.spark.trial;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import layertap.config.JobConfig;
import layertap.extract.check.LocalTrial;
import layertap.inference.TimeLimit;
import layertap.model.cache.ModelCache;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;
import layertap.process.DaemonThread;
import layertap.process.UserFolder;
import layertap.tensorflow.TensorFlowRuntime;

/** Where a configuration wants its model to be tried. */
public final class Trials {
  private static final String CACHE_MEGABYTES = "layertap.model-cache-megabytes";

  private Trials() {}

  /**
   * A trial in a JVM of its own, or in this one if {@code run.trial-seconds} is 0; the caller
   * closes it.
   *
   * @param files of the model
   */
  public static ModelTrial open(JobConfig config, ModelFiles files, int threadsPerTask) {
    return open(config, files, threadsPerTask, Map.of());
  }

  /**
   * The same.
   *
   * @param properties {@code spark.hadoop.…}, by which a session reaches the model, beside those of
   *     this JVM
   */
  public static ModelTrial open(
      JobConfig config, ModelFiles files, int threadsPerTask, Map<String, String> properties) {
    int seconds = config.run().trialSeconds();
    int megabytes = config.run().modelCacheMegabytes();
    if (seconds == 0) {
      TimeLimit limit = TimeLimit.ofSeconds(config.run().batchSeconds());
      return new LocalTrial(ModelCache.over(files, megabytes), threadsPerTask, limit);
    }
    String path = config.model().path();
    Supplier<ModelTrial> process =
        () -> ChildTrial.start(path, seconds, threadsPerTask, withCache(properties, megabytes));
    if (!config.run().rememberTrial()) {
      return process.get();
    }
    startTensorFlow(threadsPerTask);
    String conditions = TrialConditions.ofThisProcess(threadsPerTask);
    return new RememberedTrial(Verdicts.ofThisUser(), files, path, conditions, process);
  }

  private static Map<String, String> withCache(Map<String, String> properties, int megabytes) {
    Map<String, String> all = new HashMap<>(properties);
    all.put(CACHE_MEGABYTES, String.valueOf(megabytes));
    String folder = System.getProperty(UserFolder.PROPERTY);
    if (folder != null) {
      all.put(UserFolder.PROPERTY, folder);
    }
    return all;
  }

  /** The files of a model as a process knows them to which {@link #open} gave its properties. */
  static ModelFiles cached(ModelFiles files) {
    return ModelCache.over(files, Integer.getInteger(CACHE_MEGABYTES, 0));
  }

  /** A local job, and any manifest, needs it; beside it this JVM reads the model. */
  private static void startTensorFlow(int threadsPerTask) {
    DaemonThread.start("layertap-tensorflow-start", () -> tryToStart(threadsPerTask));
  }

  private static void tryToStart(int threadsPerTask) {
    try {
      TensorFlowRuntime.start(threadsPerTask);
    } catch (RuntimeException | LinkageError e) {
      // Whoever needs it starts it again, and says why that fails.
      return;
    }
  }
}
