package layertap.spark.featurizer;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
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

  private final Map<Key, CompletableFuture<PlanBuilder.Planned>> plans =
      new LinkedHashMap<>(16, 0.75f, true /* by their last use */) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Key, CompletableFuture<PlanBuilder.Planned>> eldest) {
          return size() > MOST_PLANS;
        }
      };

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
    return get(
        key,
        () -> {
          try (ModelTrial trial =
              Trials.open(asked, files, threadsPerTask, SessionHadoop.properties(spark))) {
            return new PlanBuilder(asked, files, path -> HadoopFiles.read(path, hadoop))
                .withoutFirstRows()
                .buildTried(trial);
          }
        });
  }

  private PlanBuilder.Planned get(Key key, Supplier<PlanBuilder.Planned> plan) {
    CompletableFuture<PlanBuilder.Planned> mine = new CompletableFuture<>();
    CompletableFuture<PlanBuilder.Planned> there;
    synchronized (plans) {
      there = plans.get(key);
      if (there == null) {
        plans.put(key, mine);
      }
    }
    if (there == null) {
      make(key, mine, plan);
      there = mine;
    }
    try {
      return there.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  private void make(
      Key key, CompletableFuture<PlanBuilder.Planned> made, Supplier<PlanBuilder.Planned> plan) {
    try {
      PlanBuilder.Planned planned = plan.get();
      warn(key.config(), planned);
      made.complete(planned);
    } catch (RuntimeException | Error e) {
      // It may be mended before the next call.
      synchronized (plans) {
        plans.remove(key, made);
      }
      made.completeExceptionally(e);
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
