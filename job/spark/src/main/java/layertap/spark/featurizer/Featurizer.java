package layertap.spark.featurizer;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.config.JobConfig.OnInvalid;
import layertap.failure.Printable;
import layertap.failure.UserException;
import layertap.plan.PlanBuilder;
import layertap.report.Redaction;
import layertap.spark.read.RowSource;
import layertap.spark.read.UnreadableRows;
import layertap.spark.run.ResolvedInput;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.ExactRows;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.OutputSchema;
import layertap.spark.task.BatchWatch;
import layertap.spark.task.ExtractPartition;
import layertap.spark.task.ExtractorSource;
import layertap.spark.task.ExtractorSource.CheckedPlan;
import layertap.spark.task.LiveCounts;
import layertap.spark.task.LocalRowNotes;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;

/** Adds the features of a configuration to DataFrames. Used by the driver. */
public final class Featurizer {
  /** Of the columns that name a row in a message. */
  private static final int MOST_NAMES = 4;

  private final SparkSession spark;
  private final Configuration hadoop;
  private final JobConfig config;

  private Featurizer(SparkSession spark, Configuration hadoop, JobConfig config) {
    this.spark = spark;
    this.hadoop = hadoop;
    this.config = config;
  }

  /**
   * Reads the configuration.
   *
   * @throws UserException with all problems of it
   */
  public static Featurizer of(SparkSession spark, FeaturizerSettings settings) {
    Configuration hadoop = SessionHadoop.configuration(spark);
    return new Featurizer(spark, hadoop, settings.load(hadoop));
  }

  /**
   * The columns of rows with features, each with its metadata. The first call for a configuration
   * plans, and tries the model; further ones only look whether its files are still the same.
   *
   * @throws layertap.failure.LayertapException if model, columns and configuration do not fit
   *     together
   */
  public StructType schema(StructType columns) {
    PlanBuilder.Planned planned = PlannedModels.ofThisJvm().get(spark, config);
    OutputSchema schema = resolve(spark.createDataFrame(List.of(), columns), planned).schema();
    Map<String, Metadata> metadata = schema.metadata(planned.fingerprint());
    return DataTypes.createStructType(
        Arrays.stream(schema.toStructType().fields())
            .map(field -> withMetadata(field, metadata))
            .toList());
  }

  private static StructField withMetadata(StructField field, Map<String, Metadata> metadata) {
    return DataTypes.createStructField(
        field.name(),
        field.dataType(),
        field.nullable(),
        metadata.getOrDefault(field.name(), Metadata.empty()));
  }

  /**
   * Rows with features. Reads none.
   *
   * @param rows of a batch or a stream
   * @throws layertap.failure.LayertapException as {@link #schema}
   */
  public Dataset<Row> transform(Dataset<Row> rows) {
    PlanBuilder.Planned planned = PlannedModels.ofThisJvm().get(spark, config);
    ResolvedInput input = resolve(rows, planned);
    RowSource.Source source = input.source();
    String name = "LayerFeaturizer of " + Redaction.of(config.model().path());
    warnOfLeftRows(name);
    ExtractPartition function =
        new ExtractPartition(
            ExtractorSource.of(
                spark.sparkContext(),
                UUID.randomUUID().toString(),
                config.model().path(),
                planned.fingerprint(),
                new CheckedPlan(planned.plan(), planned.checked()),
                hadoop,
                config.run().modelCacheMegabytes()),
            input.schema(),
            source.feeds(),
            UnreadableRows.of(source),
            IntStream.range(0, source.kept().size()).boxed().toList(),
            namePositions(source.kept(), planned),
            config.rows().onInvalid(),
            Entrance.DATAFRAME,
            new BatchWatch(config.run().batchSeconds(), name, "" /* no output to write to */),
            LiveCounts.register(spark.sparkContext()));
    StructType type = input.schema().toStructType();
    StructType given = ExactRows.given(type, source.rows().schema(), source.kept().size());
    Dataset<Row> mapped =
        ExactRows.of(source.rows())
            .mapPartitions(
                new FeaturizedPartition(function, text(input.schema())),
                ExactRows.encoder(spark, given));
    return ExactRows.restored(mapped, type, input.schema().metadata(planned.fingerprint()));
  }

  private ResolvedInput resolve(Dataset<Row> rows, PlanBuilder.Planned planned) {
    OnInvalid onInvalid = config.rows().onInvalid();
    requireNew(rows.columns(), FeatureColumn.of(planned.plan().features()), onInvalid);
    return ResolvedInput.ofDataFrame(rows, planned, onInvalid);
  }

  /** A column that is there is neither replaced nor doubled. */
  private static void requireNew(
      String[] columns, List<FeatureColumn> features, OnInvalid onInvalid) {
    Set<String> there =
        Arrays.stream(columns)
            .map(Featurizer::lower)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (onInvalid == OnInvalid.KEEP && there.contains(OutputSchema.ERROR_COLUMN)) {
      throw new UserException(
          ("cannot add the column '%s', which onInvalid = keep fills: the DataFrame has one of that"
                  + " name; rename or drop it")
              .formatted(OutputSchema.ERROR_COLUMN));
    }
    for (FeatureColumn feature : features) {
      requireNew(there, feature.name());
      if (feature.hasShapeColumn()) {
        requireNew(there, feature.shapeColumn());
      }
    }
  }

  private static void requireNew(Set<String> there, String column) {
    if (there.contains(lower(column))) {
      throw new UserException(
          ("cannot add the column '%s': the DataFrame has one of that name (upper and lower case"
                  + " count as equal); set column of the feature to another name, or rename or drop"
                  + " the DataFrame's")
              .formatted(column));
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Rows have no key: the first columns that a reader can read, and that are not fed. */
  private static List<Integer> namePositions(
      List<StructField> columns, PlanBuilder.Planned planned) {
    Set<String> fed =
        planned.plan().feeds().stream()
            .flatMap(feed -> feed.columns().stream())
            .map(Featurizer::lower)
            .collect(Collectors.toSet());
    return IntStream.range(0, columns.size())
        .filter(i -> isReadable(columns.get(i).dataType()))
        .filter(i -> !fed.contains(lower(columns.get(i).name())))
        .limit(MOST_NAMES)
        .boxed()
        .toList();
  }

  private static boolean isReadable(DataType type) {
    return Stream.of(
            BinaryType.class,
            NullType.class,
            ArrayType.class,
            MapType.class,
            StructType.class,
            UserDefinedType.class)
        .noneMatch(other -> other.isInstance(type));
  }

  private String text(OutputSchema schema) {
    List<String> names = schema.features().stream().map(FeatureColumn::name).toList();
    return Printable.line(
        "LayerFeaturizer(%s: %s)"
            .formatted(Redaction.of(config.model().path()), String.join(", ", names)));
  }

  private static void warnOfLeftRows(String name) {
    for (String rows : LocalRowNotes.ofThisMachine().takeLeft(name)) {
      Warnings.ofThisJvm()
          .tell(
              ("an earlier process ended while these rows were under way through %s: %s; if this one"
                      + " ends there too, set batchSize to 1 to find the row, and filter it")
                  .formatted(name, rows));
    }
  }
}
