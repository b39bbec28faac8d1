package layertap.spark.read;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.config.JobConfig;
import layertap.failure.FirstLine;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.spark.layout.CsvHeaders;
import layertap.spark.layout.TableFolders;
import layertap.spark.tfrecord.TfRecordFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** Has Spark load the source that a configuration names; callers explain what Spark refuses. */
final class InputLoader {
  /**
   * Whether Parquet asks a file system for a row group's columns at once. Storage that is far away
   * answers faster so; this machine's disk reads each column into a buffer outside of Java's heap,
   * made for that column alone, and copies it.
   */
  private static final String VECTORED_READS = "parquet.hadoop.vectored.io.enabled";

  private static final String RECURSIVE_LOOKUP = "recursiveFileLookup";

  private static final String CORRUPT_RECORD = "columnNameOfCorruptRecord";

  private InputLoader() {}

  static Dataset<Row> load(SparkSession spark, JobConfig.Input input) {
    DataFrameReader reader = spark.read();
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    if (hadoop.get(VECTORED_READS) == null && isOfLocalParquet(input, hadoop)) {
      reader.option(VECTORED_READS, false);
    }
    input.options().forEach(reader::option);
    if (!input.table().isEmpty()) {
      return reader.table(input.table());
    }
    boolean isRecursive =
        Boolean.parseBoolean(
            input
                .optionsInAnyCase()
                .getOrDefault(RECURSIVE_LOOKUP, String.valueOf(input.isOfImageFiles())));
    LeftOutFiles.requireNames(spark, input.paths(), input.options(), isRecursive);
    if (isRecursive) {
      reader.option(RECURSIVE_LOOKUP, true);
    }
    boolean isOfRecords = TfRecordFormat.isNamed(input.format());
    boolean marksDamaged = isOfRecords && !input.where().isEmpty();
    if (marksDamaged) {
      reader.option(TfRecordFormat.MARKS_DAMAGED, true);
    }
    if (!input.schema().isEmpty()) {
      refuseForImages(input);
      StructType schema = schema(input);
      reader.schema(isOfRecords ? TfRecordFormat.withReason(schema, marksDamaged) : schema);
    }
    Dataset<Row> loaded =
        reader
            .format(
                input.isOfImageFiles() ? "binaryFile" : TfRecordFormat.sparkName(input.format()))
            .load(input.paths().toArray(String[]::new));
    relation(loaded)
        .ifPresent(
            relation -> {
              Configuration asRead =
                  spark.sessionState().newHadoopConfWithOptions(relation.options());
              requireColumnsInOrder(spark, input, loaded, relation, asRead);
              requireNoTable(input, loaded, relation, asRead);
            });
    return loaded;
  }

  private static void requireColumnsInOrder(
      SparkSession spark,
      JobConfig.Input input,
      Dataset<Row> loaded,
      HadoopFsRelation relation,
      Configuration hadoop) {
    // A condition may leave out folders, whose files would be looked into for nothing.
    boolean mayLeaveFilesOut = !relation.partitionSchema().isEmpty() && !input.where().isEmpty();
    if (!input.format().equalsIgnoreCase("csv") || mayLeaveFilesOut) {
      return;
    }
    Map<String, String> options = input.optionsInAnyCase();
    options.putIfAbsent(CORRUPT_RECORD, spark.sessionState().conf().columnNameOfCorruptRecord());
    CsvHeaders.require(
        files(loaded),
        options,
        List.of(relation.dataSchema().fieldNames()),
        !input.schema().isEmpty(),
        hadoop);
  }

  private static void requireNoTable(
      JobConfig.Input input, Dataset<Row> loaded, HadoopFsRelation relation, Configuration hadoop) {
    if (!input.format().equalsIgnoreCase("parquet")) {
      return;
    }
    List<Path> files = files(loaded).stream().map(FileStatus::getPath).toList();
    Set<Path> folders =
        new LinkedHashSet<>(CollectionConverters.asJava(relation.location().rootPaths()));
    files.forEach(folders::remove);
    TableFolders.requireNone(folders, files, hadoop);
  }

  /** The list of files that a loaded source reads; empty if it is none of files. */
  static Optional<PartitioningAwareFileIndex> fileIndex(Dataset<Row> loaded) {
    return relation(loaded)
        .map(HadoopFsRelation::location)
        .filter(PartitioningAwareFileIndex.class::isInstance)
        .map(PartitioningAwareFileIndex.class::cast);
  }

  private static Optional<HadoopFsRelation> relation(Dataset<Row> loaded) {
    return loaded.queryExecution().analyzed() instanceof LogicalRelation relation
            && relation.relation() instanceof HadoopFsRelation read
        ? Optional.of(read)
        : Optional.empty();
  }

  /** These files, as they were listed for the read: storage is not asked again. */
  static List<FileStatus> files(Dataset<Row> loaded) {
    return fileIndex(loaded)
        .map(index -> CollectionConverters.asJava(index.allFiles()).stream().toList())
        .orElse(List.of());
  }

  private static boolean isOfLocalParquet(JobConfig.Input input, Configuration hadoop) {
    return input.table().isEmpty()
        && input.format().equalsIgnoreCase("parquet")
        && input.paths().stream()
            .map(path -> HadoopFiles.fileSystem(HadoopFiles.path(path), hadoop))
            .allMatch(fileSystem -> fileSystem.getScheme().equals("file"));
  }

  private static void refuseForImages(JobConfig.Input input) {
    if (input.isOfImageFiles()) {
      throw new UserException(
          "cannot use input.schema with image-files: each has the columns path, modificationTime,"
              + " length and content; leave input.schema out");
    }
  }

  private static StructType schema(JobConfig.Input input) {
    try {
      return StructType.fromDDL(input.schema());
    } catch (Exception e) {
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (e instanceof AnalysisException) {
        throw new UserException(
            ("cannot read input.schema = \"%s\": %s; write columns with their types, as in \"id"
                    + " bigint, `image/encoded` binary, pixels array<float>\"")
                .formatted(input.schema(), FirstLine.of(e)),
            e);
      }
      throw e;
    }
  }
}
