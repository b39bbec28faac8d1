package layertap.spark.run;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import layertap.config.JobConfig;
import layertap.config.JobConfig.OnInvalid;
import layertap.failure.UserException;
import layertap.input.feed.PlannedFeed;
import layertap.plan.PlanBuilder;
import layertap.spark.feed.FedColumnTypes;
import layertap.spark.feed.FeedColumn;
import layertap.spark.feed.JoinedColumns;
import layertap.spark.read.RowSource;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.OutputSchema;
import layertap.spark.schema.StoredFeature;
import layertap.spark.tfrecord.NamedFeatures;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * The input of a run with its columns, checked against the plan, and the columns of the output; no
 * row is read. {@code plan} and {@code extract} both begin with it. Driver only.
 *
 * @param source rows that are not read yet
 * @param schema of the output
 */
public record ResolvedInput(RowSource.Source source, OutputSchema schema) {
  /**
   * Opens the input.
   *
   * @param log takes warnings of features that records do not have
   * @throws UserException if model, input and configuration do not fit together
   */
  public static ResolvedInput of(JobRun run, PrintStream log) {
    JobConfig config = run.config();
    PlanBuilder.Planned planned = run.planned();
    RowSource.Source source =
        new RowSource(run.spark(), config.input())
            .open(fedColumns(planned), config.output().key(), config.output().comparesKeys());
    if (!config.input().schema().isEmpty()) {
      NamedFeatures.warnings(source.all())
          .forEach(warning -> log.println("layertap: warning: " + warning));
    }
    return of(planned, source, config.rows().onInvalid(), Entrance.JOB);
  }

  /**
   * The same of rows that are there already; all of their columns are kept.
   *
   * @throws UserException if model and rows do not fit together
   */
  public static ResolvedInput ofDataFrame(
      Dataset<Row> rows, PlanBuilder.Planned planned, OnInvalid onInvalid) {
    return of(planned, RowSource.of(rows, fedColumns(planned)), onInvalid, Entrance.DATAFRAME);
  }

  private static List<RowSource.NamedColumn> fedColumns(PlanBuilder.Planned planned) {
    return planned.plan().feeds().stream()
        .flatMap(feed -> feed.columns().stream().map(name -> namedColumn(feed, name)))
        .toList();
  }

  private static RowSource.NamedColumn namedColumn(PlannedFeed feed, String name) {
    return new RowSource.NamedColumn(name, feed.isBeside() ? "the class of a gradient" : "feeds");
  }

  private static ResolvedInput of(
      PlanBuilder.Planned planned,
      RowSource.Source source,
      OnInvalid onInvalid,
      Entrance entrance) {
    FedColumnTypes.require(planned.plan().feeds(), source.fedTypes(), source.fedPaths(), entrance);
    JoinedColumns.require(planned.plan().feeds(), source.fedTypes());
    requireOwnFeatures(planned, source);
    boolean keepsInvalid = onInvalid == OnInvalid.KEEP;
    return new ResolvedInput(
        source,
        new OutputSchema(source.kept(), FeatureColumn.of(planned.plan().features()), keepsInvalid));
  }

  /** What goes into the middle of a model must be what this very model computed before. */
  private static void requireOwnFeatures(PlanBuilder.Planned planned, RowSource.Source source) {
    StructField[] fields = source.rows().schema().fields();
    Iterator<FeedColumn> columns = source.feeds().iterator();
    for (PlannedFeed feed : planned.plan().feeds()) {
      for (String column : feed.columns()) {
        Optional<StoredFeature> feature = StoredFeature.of(fields[columns.next().position()]);
        if (feed.isInner()
            && feature.isPresent()
            && !feature.get().fingerprint().equals(planned.fingerprint())) {
          throw ofAnotherModel(column, feed, feature.get(), planned);
        }
      }
    }
  }

  private static UserException ofAnotherModel(
      String column, PlannedFeed feed, StoredFeature feature, PlanBuilder.Planned planned) {
    return new UserException(
        ("cannot feed '%s' into %s: another model computed it (%s, not %s); extract "
                + "it again from this model")
            .formatted(column, feed.target().text(), feature.fingerprint(), planned.fingerprint()));
  }

  /** Names of the kept columns, as they are in the output. */
  List<String> keptNames() {
    return Arrays.asList(schema.toStructType().fieldNames()).subList(0, source.kept().size());
  }
}
