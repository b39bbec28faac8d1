package layertap.spark.task;

import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import layertap.extract.FeatureExtractor;
import layertap.extract.SessionPool;
import layertap.extract.ShippedObjects;
import layertap.extract.batch.BatchChoices;
import layertap.extract.batch.BatchSizes;
import layertap.extract.check.SelfCheck;
import layertap.failure.EnvironmentException;
import layertap.failure.UserException;
import layertap.hadoop.HadoopNamedFiles;
import layertap.hadoop.ModelPlace;
import layertap.inference.SessionFactory;
import layertap.model.cache.ModelCache;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.precision.Precision;
import layertap.process.DaemonThread;
import layertap.spark.version.HadoopSettings;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskFailureListener;
import scala.reflect.ClassTag$;

/**
 * What an executor needs to open an extractor: where the model lies, what it must be, and the plan.
 *
 * @param runId on whose behalf a session is opened
 * @param sessionKey by which the sessions of one JVM are shared
 * @param model on storage that executors reach
 * @param fingerprint of the model as the driver saw it
 * @param plan a {@link CheckedPlan}, serialised by Java
 * @param configuration of Hadoop, on the driver
 * @param modelCacheMegabytes that values of remote models may take on a machine
 * @param threadsPerTask which one op may use
 */
public record ExtractorSource(
    String runId,
    String sessionKey,
    ModelPlace model,
    String fingerprint,
    Broadcast<byte[]> plan,
    Broadcast<SerializableConfiguration> configuration,
    int modelCacheMegabytes,
    int threadsPerTask)
    implements Serializable {
  /** A setting of Spark: how many sessions without a task stay open in an executor. */
  static final String IDLE_SESSIONS = "spark.layertap.idleSessions";

  /** A setting of Spark: for how long they do. */
  static final String IDLE_TIME = "spark.layertap.idleTime";

  /**
   * Hands a plan to executors.
   *
   * @param configuration of Hadoop, on the driver
   * @param modelCacheMegabytes that values of remote models may take on a machine
   */
  public static ExtractorSource of(
      SparkContext spark,
      String runId,
      String modelPath,
      String fingerprint,
      CheckedPlan plan,
      Configuration configuration,
      int modelCacheMegabytes) {
    byte[] bytes = plan.toBytes();
    return new ExtractorSource(
        runId,
        SessionKey.of(fingerprint, bytes, configuration),
        ModelPlace.of(modelPath, configuration),
        fingerprint,
        spark.broadcast(bytes, ClassTag$.MODULE$.apply(byte[].class)),
        HadoopSettings.broadcast(spark, configuration),
        modelCacheMegabytes,
        spark.conf().getInt("spark.task.cpus", 1));
  }

  /**
   * Opens the session of this JVM beside whatever the caller does next, for tasks that will run in
   * it. What fails here fails again, and is told, where a task needs the session.
   */
  public void openAhead() {
    DaemonThread.start(
        "layertap-open-ahead",
        () -> {
          try (SessionPool.Lease lease =
              SessionPool.ofThisJvm().lease(sessionKey, runId, this::open)) {
            // A task is to count it.
            lease.forgetCount();
          } catch (InterruptedException | RuntimeException | Error e) {
            // The first task tries again.
          }
        });
  }

  /**
   * A lease on the session of this JVM, opened if there is none. It ends with the task at the
   * latest, however that ends.
   *
   * @param task null outside of one
   */
  SessionPool.Lease lease(TaskContext task) {
    SessionPool pool = SessionPool.ofThisJvm();
    if (SparkEnv.get() != null) {
      limit(pool, SparkEnv.get().conf());
    }
    SessionPool.Lease lease;
    try {
      lease = pool.lease(sessionKey, runId, this::open);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted while the model was opened");
    }
    if (task != null) {
      task.addTaskFailureListener((TaskFailureListener) (context, failure) -> lease.forgetCount());
      task.addTaskCompletionListener(
          context -> {
            lease.close();
          });
    }
    return lease;
  }

  /** Sessions belong to a JVM and not to a job, so it is the application that sets this. */
  static void limit(SessionPool pool, SparkConf conf) {
    String most = conf.get(IDLE_SESSIONS, String.valueOf(SessionPool.MOST_IDLE));
    String time = conf.get(IDLE_TIME, SessionPool.IDLE_TIME.toSeconds() + "s");
    if (!most.matches("\\d{1,6}") || !time.matches("\\d{1,9}(ms|s|m|min|h|d)?")) {
      throw new UserException(
          ("cannot keep sessions: %s = %s and %s = %s are not a number from 0 on and a time such as"
                  + " 5min; correct them")
              .formatted(IDLE_SESSIONS, most, IDLE_TIME, time));
    }
    long seconds = conf.getTimeAsSeconds(IDLE_TIME, SessionPool.IDLE_TIME.toSeconds() + "s");
    // A clock of nanoseconds counts no further.
    long countable = TimeUnit.NANOSECONDS.toSeconds(Long.MAX_VALUE);
    pool.limit(Integer.parseInt(most), Duration.ofSeconds(Math.min(seconds, countable)));
  }

  private FeatureExtractor open() {
    ModelFiles stored = new KeptModelFiles(model.files(configuration.value().value()));
    if (!stored.fingerprint().equals(fingerprint)) {
      throw new EnvironmentException(
          "cannot go on: the model %s was replaced while the job ran; start the job again"
              .formatted(model.location()));
    }
    ModelFiles files = ModelCache.over(stored, modelCacheMegabytes);
    TensorFlowRuntime.start(threadsPerTask);
    CheckedPlan shipped = ShippedObjects.read(plan.value(), CheckedPlan.class);
    shipped
        .plan
        .precision()
        .requireOnExecutor(() -> Precision.obstacle(TensorFlowRuntime.settings().oneDnn()));
    SessionFactory sessions = new TensorFlowSessions();
    int planned = shipped.plan.batchSize();
    FeatureExtractor extractor =
        FeatureExtractor.open(
            shipped.plan,
            sessions,
            files,
            new HadoopNamedFiles(configuration.value().value()),
            shipped.plan.triesBatchSizes()
                ? BatchChoices.ofThisJvm().of(sessionKey, planned)
                : BatchSizes.always(planned));
    try {
      new SelfCheck(shipped.plan, files, sessions).compare(extractor, shipped.checked);
      return extractor;
    } catch (Throwable e) {
      extractor.close();
      throw e;
    }
  }

  /** A plan, and what extractors made from it must compute. */
  public record CheckedPlan(ExtractionPlan plan, CheckedValues checked) implements Serializable {
    /** For Spark to broadcast. */
    public byte[] toBytes() {
      return ShippedObjects.bytes(this);
    }
  }
}
