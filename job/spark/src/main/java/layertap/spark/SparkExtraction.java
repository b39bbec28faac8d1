package layertap.spark;

import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import layertap.config.JobConfig;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.HadoopModelFiles;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;
import layertap.plan.PlanBuilder;
import layertap.report.Manifest;
import layertap.report.Redaction;
import layertap.spark.run.RowLimit;
import layertap.spark.trial.Trials;
import layertap.spark.write.AutoOptimization;
import layertap.tensorflow.TensorFlowRuntime;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/** Runs a job in the Spark session of this JVM, or in one of its own. */
public final class SparkExtraction {
  private SparkExtraction() {}

  /**
   * Plans, starts Spark, runs the job, stops Spark: what is wrong with the model comes out before a
   * cluster is asked for anything. Without a master, as outside of spark-submit, all cores of this
   * machine are used. A session that somebody else started is used as it is, and goes on.
   *
   * @param limit of the rows that are read
   * @param log where lines of progress go
   */
  public static Manifest run(JobConfig given, RowLimit limit, PrintStream log) {
    JobConfig config = AutoOptimization.decide(given);
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "layertap " + Redaction.of(config.model().path()));
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    Option<SparkSession> running = SparkSession.getDefaultSession();
    if (running.isDefined()) {
      return new ExtractJob(running.get(), config, plan(config, conf, log), log).run(limit);
    }
    MetricsPlugin.addTo(conf);
    CompletableFuture<SparkSession> starting = null;
    if (isLocal(conf)) {
      // The executor is this process: a task without memory shall not end it unheard.
      conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
      // Nobody else is asked for anything, so Spark may start while the model is planned.
      starting = startAside(conf);
    }
    try {
      PlanBuilder.Planned planned = plan(config, conf, log);
      SparkSession spark = starting == null ? start(conf) : starting.join();
      return new ExtractJob(spark, config, planned, log).run(limit);
    } finally {
      stop(starting);
    }
  }

  private static boolean isLocal(SparkConf conf) {
    return conf.get("spark.master").matches("local(\\[.*)?");
  }

  private static CompletableFuture<SparkSession> startAside(SparkConf conf) {
    // spark-submit loads the job by a class loader of its own, which finds the plugin, too.
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return CompletableFuture.supplyAsync(
        () -> {
          Thread.currentThread().setContextClassLoader(loader);
          return start(conf);
        },
        task -> new Thread(task, "layertap-spark-start").start());
  }

  private static SparkSession start(SparkConf conf) {
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Waits for a start that nobody waited for, because the plan failed. */
  private static void stop(CompletableFuture<SparkSession> starting) {
    if (starting != null) {
      starting.handle((spark, failure) -> spark).join();
    }
    Option<SparkSession> started = SparkSession.getDefaultSession();
    if (started.isDefined()) {
      // What Spark logs while it stops would hide the last line.
      started.get().sparkContext().setLogLevel("OFF");
      started.get().stop();
    }
  }

  private static PlanBuilder.Planned plan(JobConfig config, SparkConf conf, PrintStream log) {
    ModelFiles files =
        new KeptModelFiles(HadoopModelFiles.of(config.model().path(), HadoopFiles.configuration()));
    int threadsPerTask = conf.getInt("spark.task.cpus", 1);
    try (ModelTrial trial = Trials.open(config, files, threadsPerTask)) {
      PlanBuilder.Planned planned =
          new PlanBuilder(config, files, HadoopFiles::read).buildTried(trial);
      if (config.run().selfCheck() && !planned.checked().isPresent()) {
        log.println(
            "layertap: warning: the self-check was left out, the model refuses all synthetic rows");
      }
      String slower = TensorFlowRuntime.settings().warning();
      if (!slower.isEmpty()) {
        log.println("layertap: warning: " + slower);
      }
      return planned;
    }
  }
}
