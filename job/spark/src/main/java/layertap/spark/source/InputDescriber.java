package layertap.spark.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import layertap.failure.FirstLine;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.input.image.decode.ImageFormat;
import layertap.spark.failure.AvroFailures;
import layertap.spark.tfrecord.TfRecordFormat;
import layertap.suggest.feed.DescribedColumn;
import layertap.suggest.feed.DescribedColumn.Kind;
import layertap.suggest.feed.DescribedInput;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Describes an input by its files' names, its schema, and one row. */
public final class InputDescriber {
  private static final Pattern TABLE = Pattern.compile("[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*");
  private static final int TRIED_IMAGES = 5;

  private InputDescriber() {}

  /**
   * Describes a path of any file system, or a table of Spark's catalogs.
   *
   * @throws UserException if there is none of that name, or nothing tells how it is read
   */
  public static DescribedInput describe(String location) {
    HadoopFiles.requireReachable(List.of(location));
    Optional<FoundFiles> found = FoundFiles.at(location);
    if (found.isPresent()) {
      InputFiles files = InputFiles.of(location, found.get());
      return files.format().equals(DescribedInput.IMAGE_FILES)
          ? images(location, files, found.get())
          : DescribingSession.with(spark -> rows(spark, location, files));
    }
    if (!TABLE.matcher(location).matches()) {
      throw missing(location, "");
    }
    return DescribingSession.with(spark -> table(spark, location));
  }

  private static UserException missing(String location, String more) {
    return new UserException(
        "cannot find the input %s: there is no such file or folder%s; check the path"
            .formatted(location, more));
  }

  /** Spark need not start for files of which each is a row. */
  private static DescribedInput images(String location, InputFiles files, FoundFiles found) {
    byte[] sample =
        files.files().stream()
            .limit(TRIED_IMAGES)
            .map(FileStatus::getPath)
            .map(path -> HadoopFiles.read(path.toString()))
            .filter(bytes -> !ImageFormat.decodable(bytes).isEmpty())
            .findFirst()
            .orElse(null);
    List<DescribedColumn> columns =
        List.of(
            new DescribedColumn("path", "string", Kind.TEXTS, 0, null),
            new DescribedColumn("modificationTime", "timestamp", Kind.OTHER, 0, null),
            new DescribedColumn("length", "bigint", Kind.WHOLE_NUMBERS, 0, null),
            new DescribedColumn("content", "binary", Kind.BYTES, 0, sample));
    boolean isLabelled = found.folderCount() > 1 && found.countInRoots() == 0;
    return new DescribedInput(
        files.format(), location, files.options(), isLabelled, files.facts(), List.of(), columns);
  }

  private static DescribedInput rows(SparkSession spark, String location, InputFiles files) {
    Dataset<Row> rows =
        read(
            spark,
            location,
            () ->
                spark
                    .read()
                    .options(files.options())
                    .format(TfRecordFormat.sparkName(files.format()))
                    .load(location));
    if (TfRecordFormat.isNamed(files.format())) {
      rows =
          rows.where(rows.col(TfRecordFormat.UNREADABLE).isNull()).drop(TfRecordFormat.UNREADABLE);
    }
    List<String> facts = new ArrayList<>(files.facts());
    return describe(location, files.format(), files.options(), facts, rows);
  }

  private static DescribedInput table(SparkSession spark, String name) {
    if (!spark.catalog().tableExists(name)) {
      throw missing(name, ", and no table of that name in Spark's catalogs");
    }
    return describe(
        name, "", Map.of(), new ArrayList<>(), read(spark, name, () -> spark.read().table(name)));
  }

  private static DescribedInput describe(
      String location,
      String format,
      Map<String, String> options,
      List<String> facts,
      Dataset<Row> rows) {
    List<Row> first = rows.limit(1).collectAsList();
    List<String> questions =
        first.isEmpty()
            ? List.of("there is no row yet; the columns' types alone tell what fits")
            : List.of();
    return new DescribedInput(
        format,
        location,
        options,
        false,
        facts,
        questions,
        ColumnDescriber.describe(rows.schema(), first.isEmpty() ? null : first.get(0)));
  }

  private static Dataset<Row> read(
      SparkSession spark, String location, Supplier<Dataset<Row>> work) {
    try {
      return work.get();
    } catch (Exception e) {
      Optional<UserException> withoutAvro = AvroFailures.withoutModule(e, spark.version());
      if (withoutAvro.isPresent()) {
        throw withoutAvro.get();
      }
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (e instanceof AnalysisException || e instanceof ClassNotFoundException) {
        throw new UserException(
            "cannot read the input %s: %s; check it".formatted(location, FirstLine.of(e)), e);
      }
      throw e;
    }
  }
}
