package layertap.spark.featurizer;

import java.nio.charset.StandardCharsets;
import layertap.checksum.Sha256;
import layertap.config.JobConfig;
import layertap.config.JobConfig.OnInvalid;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.HadoopModelFiles;
import layertap.model.cache.ModelCache;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;
import layertap.plan.PlanBuilder;
import layertap.process.DaemonThread;
import layertap.process.ProcessState;
import layertap.spark.trial.Trials;
import layertap.tensorflow.TensorFlowRuntime;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * The plans of a driver, each made, tried and checked once: by the configuration, and by what the
 * files of the model hold when it is asked for. Thread-safe.
 */
final class PlannedModels {
  /** A plan holds the small graph of its model. */
  private static final int MOST_PLANS = 64;

  private final MadeOnce<Key, PlanBuilder.Planned> plans = new MadeOnce<>(MOST_PLANS);

  /**
   * What a plan depends on.
   *
   * @param topology fingerprint of the file; empty for none
   */
  private record Key(JobConfig config, String model, String topology, int threadsPerTask) {}

  /** Those of this JVM. */
  static PlannedModels ofThisJvm() {
    return ProcessState.ofThisJvm().get(PlannedModels.class, PlannedModels::new);
  }

  /**
   * The plan of a configuration.
   *
   * @param spark whose settings reach the model
   * @throws layertap.failure.LayertapException if the model cannot do what is asked
   */
  PlanBuilder.Planned get(SparkSession spark, JobConfig config) {
    Configuration hadoop = SessionHadoop.configuration(spark);
    ModelFiles stored = new KeptModelFiles(HadoopModelFiles.of(config.model().path(), hadoop));
    ModelFiles files = ModelCache.over(stored, config.run().modelCacheMegabytes());
    JobConfig asked = config.with(OnInvalid.ERROR /* plans are the same for all */);
    int threadsPerTask = spark.sparkContext().conf().getInt("spark.task.cpus", 1);
    String topology = config.model().topology();
    Key key =
        new Key(
            asked,
            // What is no model is refused by the plan, in better words.
            files.exists() ? files.fingerprint() : "",
            topology.isEmpty() ? "" : Sha256.hex(text(topology, hadoop)),
            threadsPerTask);
    return plans.get(
        key,
        () ->
            DaemonThread.call(
                "layertap plans a transform",
                () -> plan(spark, hadoop, asked, files, threadsPerTask)));
  }

  private static PlanBuilder.Planned plan(
      SparkSession spark,
      Configuration hadoop,
      JobConfig config,
      ModelFiles files,
      int threadsPerTask) {
    try (ModelTrial trial =
        Trials.open(config, files, threadsPerTask, SessionHadoop.properties(spark))) {
      PlanBuilder.Planned planned =
          new PlanBuilder(config, files, path -> HadoopFiles.read(path, hadoop))
              .withoutFirstRows()
              .buildTried(trial);
      warn(config, planned);
      return planned;
    }
  }

  private static void warn(JobConfig config, PlanBuilder.Planned planned) {
    Warnings warnings = Warnings.ofThisJvm();
    String model = config.model().path() + ": ";
    planned.warnings().forEach(warning -> warnings.tell(model + warning));
    planned.missingCheck(config.run()).ifPresent(warning -> warnings.tell(model + warning));
    TensorFlowRuntime.settings().warnings().forEach(warnings::tell);
  }

  private static String text(String path, Configuration hadoop) {
    return new String(HadoopFiles.read(path, hadoop), StandardCharsets.ISO_8859_1);
  }
}
