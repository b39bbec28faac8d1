package layertap.spark;

import java.io.PrintStream;
import java.util.function.Consumer;
import layertap.config.JobConfig;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.HadoopModelFiles;
import layertap.model.cache.ModelCache;
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
    SparkConf conf = settings(config);
    MetricsPlugin.addTo(conf);
    try (CommandSession session = CommandSession.of(conf)) {
      if (isLocal(conf)) {
        // The executor is this process: a task without memory shall not end it unheard.
        conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
        // Nobody else is asked for anything, so Spark may start while the model is planned.
        session.startAside();
      }
      PlanBuilder.Planned planned = plan(config, conf, log);
      return new ExtractJob(session.get(), config, planned, log).run(limit);
    }
  }

  /** Settings of a session that the command line or spark-submit may have set otherwise. */
  static SparkConf settings(JobConfig config) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "layertap " + Redaction.of(config.model().path()));
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // A split of a Parquet file without a row group of its own has no rows: of the splits after it,
    // the first rows need one, and each reads its whole row group for them.
    conf.setIfMissing("spark.rdd.limit.scaleUpFactor", "2");
    return conf;
  }

  private static boolean isLocal(SparkConf conf) {
    return conf.get("spark.master").matches("local(\\[.*)?");
  }

  private static PlanBuilder.Planned plan(JobConfig config, SparkConf conf, PrintStream log) {
    ModelFiles stored =
        new KeptModelFiles(HadoopModelFiles.of(config.model().path(), HadoopFiles.configuration()));
    ModelFiles files = ModelCache.over(stored, config.run().modelCacheMegabytes());
    int threadsPerTask = conf.getInt("spark.task.cpus", 1);
    try (ModelTrial trial = Trials.open(config, files, threadsPerTask)) {
      PlanBuilder.Planned planned =
          new PlanBuilder(config, files, HadoopFiles::read).buildTried(trial);
      Consumer<String> warn = warning -> log.println("layertap: warning: " + warning);
      planned.missingCheck(config.run()).ifPresent(warn);
      TensorFlowRuntime.settings().warnings().forEach(warn);
      return planned;
    }
  }
}
