package layertap.spark.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopFiles;
import layertap.publish.OutputStore;
import layertap.report.ManifestWriter;
import layertap.report.PublishedManifest;
import layertap.report.PublishedRun;
import layertap.report.Redaction;
import layertap.report.RowCounts;
import layertap.spark.schema.PartitionFolders;
import layertap.spark.schema.SqlNames;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The output that a run adds to, as its manifest describes it. */
final class ExistingOutput {
  private final String target;
  private final Optional<PublishedManifest> manifest;
  private final String replaced;
  private final ForeignFiles foreign;

  private ExistingOutput(
      String target, Optional<PublishedManifest> manifest, String replaced, ForeignFiles foreign) {
    this.target = target;
    this.manifest = manifest;
    this.replaced = replaced;
    this.foreign = foreign;
  }

  /**
   * Looks at what is there.
   *
   * @throws OutputException if the mode does not allow it
   */
  static ExistingOutput at(OutputStore store, String target, JobConfig.Output output) {
    Mode mode = output.mode();
    if (mode == Mode.ERROR && store.exists(target)) {
      throw new OutputException(
          ("cannot write to %s: it is there already; set output.mode to overwrite, or "
                  + "another output.path")
              .formatted(output.path()));
    }
    if (mode == Mode.ERROR) {
      return new ExistingOutput(target, Optional.empty(), "", ForeignFiles.NONE);
    }
    Optional<String> text = store.read(target + "/" + ManifestWriter.FILE);
    Optional<PublishedManifest> manifest = text.flatMap(PublishedManifest::parse);
    ForeignFiles foreign =
        ForeignFiles.of(text.isPresent() ? List.of() : store.filesBelow(target), target);
    if (mode == Mode.OVERWRITE) {
      boolean isUnknown = text.isPresent() || !foreign.isEmpty();
      String replaced =
          manifest.map(ExistingOutput::replaced).orElse(isUnknown ? "files of unknown origin" : "");
      return new ExistingOutput(target, Optional.empty(), replaced, foreign);
    }
    if (manifest.isEmpty() && (text.isPresent() || !foreign.isEmpty())) {
      throw new OutputException(
          "cannot add to "
              + output.path()
              + ": it has no "
              + ManifestWriter.FILE
              + " of format 1, so nobody knows what made it; set another output.path, or"
              + " output.mode to overwrite with output.replace-foreign = true");
    }
    return new ExistingOutput(target, manifest, "", ForeignFiles.NONE);
  }

  /** What goes, in words; empty if it has no rows. */
  private static String replaced(PublishedManifest manifest) {
    long rows = rows(manifest.runs()).written();
    return rows == 0 ? "" : String.format(Locale.ROOT, "%,d rows", rows);
  }

  private static RowCounts rows(List<PublishedRun> runs) {
    return runs.stream().map(PublishedRun::rows).reduce(RowCounts.NONE, RowCounts::plus);
  }

  /** The output, in words, with what a run finds in its place and does to it. */
  String text(JobConfig.Output output) {
    String name = Redaction.of(output.path());
    if (output.mode() == Mode.OVERWRITE && !replaced.isEmpty()) {
      return "%s: replaces %s".formatted(name, replaced);
    }
    if (manifest.isPresent()) {
      int runs = runs().size();
      return String.format(
          Locale.ROOT,
          "%s: adds to %,d rows of %s %s",
          name,
          rows().written(),
          runs,
          runs == 1 ? "run" : "runs");
    }
    return name + ": new";
  }

  /** What overwriting takes away, in words; empty if it has no rows. */
  String replaced() {
    return replaced;
  }

  /**
   * Goes on only if what overwriting takes away is a run's, or the user's own word is to replace
   * it.
   *
   * @throws OutputException naming some of the files
   */
  void requireOwn(JobConfig.Output output) {
    if (!output.replaceForeign()) {
      foreign.refuse(output);
    }
  }

  /** What became of the rows of all runs in it. */
  RowCounts rows() {
    return rows(runs());
  }

  boolean isEmpty() {
    return manifest.isEmpty();
  }

  boolean isComplete() {
    return manifest.map(PublishedManifest::complete).orElse(false);
  }

  /** Runs whose files are in it. */
  List<PublishedRun> runs() {
    return manifest.map(PublishedManifest::runs).orElse(List.of());
  }

  /** Full paths of its files. */
  String[] files() {
    return manifest.map(PublishedManifest::allFiles).orElse(List.of()).stream()
        .map(file -> target + "/" + file)
        .toArray(String[]::new);
  }

  /**
   * Goes on only if a run of these columns may add to it.
   *
   * @throws OutputException if features of two kinds would be mixed, or a run would be there twice
   */
  void requireSame(
      SamePlan plan,
      List<String> columns,
      PartitionFolders folders,
      JobConfig.Output output,
      String runId) {
    if (manifest.isEmpty()) {
      return;
    }
    requireSamePlan(plan, output);
    PublishedManifest there = manifest.get();
    if (!there.columns().equals(columns)) {
      throw refused(output, "its columns differ: " + difference(there.columns(), columns));
    }
    if (!there.partitionBy().equals(folders.names())) {
      throw refused(
          output, "it is split by " + there.partitionBy() + ", this run by " + folders.names());
    }
    Optional<String> otherNames = there.timeZone().flatMap(folders::differenceIn);
    if (otherNames.isPresent()) {
      throw refused(output, otherNames.get());
    }
    boolean isThere = there.runs().stream().anyMatch(run -> run.run().equals(runId));
    if (output.mode() == Mode.APPEND && isThere) {
      throw new OutputException(
          ("cannot add to %s: the run %s is in it already; set another output.run-id if "
                  + "its rows are others")
              .formatted(output.path(), runId));
    }
  }

  /**
   * Goes on only if what is there was made by this plan, whatever its columns beside features.
   *
   * @throws OutputException if another plan made it
   */
  void requireSamePlan(SamePlan plan, JobConfig.Output output) {
    Optional<String> difference = manifest.flatMap(plan::difference);
    if (difference.isPresent()) {
      throw refused(output, difference.get());
    }
  }

  private static OutputException refused(JobConfig.Output output, String fact) {
    return new OutputException(
        "cannot add to %s: %s; write to another output.path, or set output.mode to overwrite"
            .formatted(output.path(), fact));
  }

  private static String difference(List<String> there, List<String> columns) {
    List<String> gone = new ArrayList<>(there);
    gone.removeAll(columns);
    List<String> added = new ArrayList<>(columns);
    added.removeAll(there);
    if (gone.isEmpty() && added.isEmpty()) {
      return "the same ones in another order";
    }
    return "there " + gone + ", here " + added;
  }

  /**
   * Keys that files of an output have.
   *
   * @param fields of a key
   * @param partitionBy columns that are folders of it: there, Spark writes empty texts as nulls
   */
  static Dataset<Row> keys(
      SparkSession spark,
      List<StructField> fields,
      String target,
      String[] files,
      List<String> partitionBy) {
    StructType schema = DataTypes.createStructType(fields);
    return files.length == 0
        ? spark.createDataFrame(List.of(), schema)
        : spark
            .read()
            .schema(schema)
            .option("basePath", target)
            .parquet(Stream.of(files).map(HadoopFiles::literal).toArray(String[]::new))
            .select(fields.stream().map(field -> read(field, partitionBy)).toArray(Column[]::new));
  }

  private static Column read(StructField field, List<String> partitionBy) {
    Column column = functions.col(SqlNames.quoted(field.name()));
    return field.dataType() instanceof StringType && partitionBy.contains(field.name())
        ? functions.coalesce(column, functions.lit("")).as(field.name())
        : column;
  }
}
