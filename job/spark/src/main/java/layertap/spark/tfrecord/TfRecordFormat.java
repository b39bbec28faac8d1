package layertap.spark.tfrecord;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import layertap.failure.UserException;
import layertap.input.record.RecordStarts;
import layertap.input.record.TfRecordReader;
import layertap.spark.version.HadoopSettings;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Reads TFRecord files: {@code spark.read().format("layertap.spark.tfrecord.TfRecordFormat")}.
 * Spark does not find it by its short name, by which it would find other packages, too.
 *
 * <p>Spark's interface of its own file formats is an internal one, the same since Spark 2; the
 * public interface has no globs, no columns of folders' names and no {@code _metadata}. Of a plain
 * file each task reads the records that begin in its part; {@link RecordStarts} finds them.
 */
public final class TfRecordFormat implements FileFormat, DataSourceRegister, Serializable {
  /** As {@code input.format} names it. */
  public static final String NAME = "tfrecord";

  /** The column that says why a record cannot be read; null in others. */
  public static final String UNREADABLE = "_layertap_unreadable";

  /** The column that tells whether nothing at all of a record can be read. */
  public static final String DAMAGED = "_layertap_damaged";

  /** The reader's option, true or absent, that adds that column. */
  public static final String MARKS_DAMAGED = "layertap-marks-damaged";

  private static final long serialVersionUID = 1L;

  @Override
  public String shortName() {
    return NAME;
  }

  /** The name by which Spark finds what {@code input.format} names. */
  public static String sparkName(String format) {
    return isNamed(format) ? TfRecordFormat.class.getName() : format;
  }

  /** Whether {@code input.format} names this one. */
  public static boolean isNamed(String format) {
    return format.equalsIgnoreCase(NAME);
  }

  /**
   * Whether a file begins with a record, whatever its name.
   *
   * @throws java.io.UncheckedIOException if the storage does not hand it over
   */
  public static boolean isOne(Path file, Configuration hadoop) {
    try (TfRecordReader records = RecordFiles.open(file, hadoop)) {
      return records.hasNext() && records.next().damage() == null;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + RecordFiles.name(file), e);
    }
  }

  /**
   * Adds the column that says why a record cannot be read.
   *
   * @param marksDamaged whether to add the column that tells whether nothing of it can be
   * @throws UserException if a column is of a type that no feature has
   */
  public static StructType withReason(StructType schema, boolean marksDamaged) {
    for (StructField field : schema.fields()) {
      ExampleTypes.column(field);
    }
    StructType reason =
        schema.add(DataTypes.createStructField(UNREADABLE, DataTypes.StringType, true));
    return marksDamaged
        ? reason.add(DataTypes.createStructField(DAMAGED, DataTypes.BooleanType, true))
        : reason;
  }

  /** In the order in which files are looked into. */
  static List<Path> sorted(Collection<FileStatus> files) {
    return files.stream()
        .map(FileStatus::getPath)
        .sorted(Comparator.comparing(Path::toString))
        .toList();
  }

  @Override
  public Option<StructType> inferSchema(
      SparkSession spark, Map<String, String> options, Seq<FileStatus> files) {
    List<Path> paths = sorted(CollectionConverters.asJava(files));
    if (paths.isEmpty()) {
      return Option.empty();
    }
    List<StructField> fields = new ArrayList<>();
    FirstRecords.columns(paths, spark.sessionState().newHadoopConfWithOptions(options))
        .forEach(column -> fields.add(ExampleTypes.field(column)));
    return Option.apply(
        withReason(DataTypes.createStructType(fields), options.contains(MARKS_DAMAGED)));
  }

  /** One that is compressed although its name does not say so is the task's that has its start. */
  @Override
  public boolean isSplitable(SparkSession spark, Map<String, String> options, Path path) {
    return RecordFiles.isPlainName(path.getName());
  }

  @Override
  public Function1<PartitionedFile, Iterator<InternalRow>> buildReader(
      SparkSession spark,
      StructType dataSchema,
      StructType partitionSchema,
      StructType requiredSchema,
      Seq<Filter> filters,
      Map<String, String> options,
      Configuration hadoop) {
    // Says on the driver what would else be said by tasks.
    ExampleRows.columns(requiredSchema);
    Broadcast<SerializableConfiguration> configuration =
        HadoopSettings.broadcast(spark.sparkContext(), hadoop);
    String scan = UUID.randomUUID().toString();
    boolean isStrict = !Arrays.asList(dataSchema.fieldNames()).contains(UNREADABLE);
    return (Function1<PartitionedFile, Iterator<InternalRow>> & Serializable)
        file ->
            rows(
                file.toPath(),
                records(scan, file, configuration.value().value()),
                requiredSchema,
                isStrict);
  }

  private static TfRecordReader records(String scan, PartitionedFile file, Configuration hadoop) {
    Path path = file.toPath();
    RecordStarts starts = SharedStarts.ofThisJvm().of(scan, path.toString());
    return RecordFiles.open(path, file.start(), file.start() + file.length(), starts, hadoop);
  }

  private static Iterator<InternalRow> rows(
      Path path, TfRecordReader records, StructType schema, boolean isStrict) {
    ExampleRows rows = new ExampleRows(RecordFiles.name(path), records, schema, isStrict);
    if (TaskContext.get() != null) {
      TaskCompletionListener closing = context -> rows.close();
      TaskContext.get().addTaskCompletionListener(closing);
    }
    return rows;
  }

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession spark, Job job, Map<String, String> options, StructType schema) {
    throw new UserException("cannot write TFRecord files: layertap only reads them; write Parquet");
  }

  @Override
  public String toString() {
    return "TFRecord";
  }
}
