package layertap.spark.write;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.LocalLinks;
import layertap.spark.run.JobRun;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.FileTable;
import scala.jdk.javaapi.CollectionConverters;

/** Keeps a job from writing to what it reads, which publication would replace. */
final class OwnInput {
  private static final String LOCAL = "file";

  /** Folders of a SavedModel. */
  private static final List<String> OF_MODELS = List.of("assets", "variables");

  private OwnInput() {}

  /**
   * Goes on only if neither rows nor model come from the output.
   *
   * @param target the output's path, qualified
   * @throws OutputException if they do
   */
  static void refuse(JobRun job, Dataset<Row> rows, String target) {
    String output = job.config().output().path();
    if (modelPlaces(job).anyMatch(place -> isWithin(place, target))) {
      throw new OutputException(
          "cannot write to " + output + ": the model is in it; set another output.path");
    }
    String model = qualified("the model", job.config().model().path(), job);
    if (OF_MODELS.stream().anyMatch(folder -> isWithin(target, model + "/" + folder))) {
      throw new OutputException(
          "cannot write to %s: it is among the files of the model %s; set another output.path"
              .formatted(output, job.config().model().path()));
    }
    Optional<String> folder =
        takesAll(job.config().input()) ? folderAround(job, rows, target) : Optional.empty();
    if (folder.isPresent()) {
      throw new OutputException(
          ("cannot write to %s: the job reads all files below %s, and the next run would take the"
                  + " output's for images; set another output.path, or input.options {"
                  + " pathGlobFilter = \"*.jpg\" }")
              .formatted(output, folder.get()));
    }
    Optional<String> file = readWithin(job, rows, target);
    if (file.isPresent()) {
      throw new OutputException(
          ("cannot write to %s: the job reads %s, which is in it; set another "
                  + "output.path, or another input")
              .formatted(output, file.get()));
    }
  }

  private static boolean takesAll(JobConfig.Input input) {
    return input.isOfImageFiles()
        && input.options().keySet().stream().noneMatch(OwnInput::leavesFilesOut);
  }

  private static boolean leavesFilesOut(String option) {
    return option.equalsIgnoreCase("pathGlobFilter")
        || option.equalsIgnoreCase("recursiveFileLookup");
  }

  /** The folder that rows are read from, at every depth, and that an output is in. */
  private static Optional<String> folderAround(JobRun job, Dataset<Row> rows, String target) {
    HiddenNames hidden = HiddenNames.of(job.spark(), job.config().input().options());
    return leaves(rows).stream()
        .flatMap(leaf -> index(leaf).stream())
        .flatMap(index -> CollectionConverters.asJava(index.rootPaths()).stream())
        .map(root -> LocalLinks.followed(root).toString())
        .filter(root -> isWithin(target, root))
        .filter(root -> !hidden.containsAnyOf(target.substring(root.length())))
        .findFirst();
  }

  /** A model's folder, and on this machine its files: a link may lead to each of them. */
  private static Stream<String> modelPlaces(JobRun job) {
    String model = job.config().model().path();
    String folder = qualified("the model", model, job);
    return LOCAL.equals(new Path(folder).toUri().getScheme())
        ? Stream.concat(
            Stream.of(folder),
            HadoopFiles.model(model).list().stream()
                .map(file -> qualified("the model", model + "/" + file.path(), job)))
        : Stream.of(folder);
  }

  /**
   * Goes on only if no row comes from the table that the job adds to.
   *
   * @throws OutputException if one does
   */
  static void refuseTable(JobRun job, Dataset<Row> rows) {
    String output = job.config().output().table();
    List<LogicalPlan> own = leaves(job.spark().table(output));
    Set<String> names = own.stream().flatMap(OwnInput::name).collect(Collectors.toSet());
    Optional<String> read =
        leaves(rows).stream()
            .flatMap(OwnInput::name)
            .filter(names::contains)
            .findFirst()
            .or(
                () ->
                    own.stream()
                        .flatMap(OwnInput::folders)
                        .flatMap(
                            folder ->
                                readWithin(job, rows, qualified("the folder", folder, job))
                                    .stream())
                        .findFirst());
    if (read.isPresent()) {
      throw new OutputException(
          ("cannot write to the table %s: the job reads %s, which is of it; set another"
                  + " output.table, or another input")
              .formatted(output, read.get()));
    }
  }

  private static List<LogicalPlan> leaves(Dataset<Row> rows) {
    return CollectionConverters.asJava(rows.queryExecution().analyzed().collectLeaves());
  }

  /** A file or table that rows are read from, and that is in a folder, or holds it. */
  private static Optional<String> readWithin(JobRun job, Dataset<Row> rows, String target) {
    Map<Path, Path> followed = new HashMap<>();
    List<LogicalPlan> leaves = leaves(rows);
    return leaves.stream()
        .flatMap(OwnInput::files)
        .map(encoded -> new Path(URI.create(encoded)))
        .filter(path -> isWithin(followed(path, followed), target))
        .map(Path::toString)
        .findFirst()
        .or(
            () ->
                leaves.stream()
                    .flatMap(OwnInput::tableFolders)
                    .map(folder -> qualified("the folder", folder, job))
                    .filter(folder -> isWithin(folder, target) || isWithin(target, folder))
                    .findFirst());
  }

  /** Where a file is, by its own link and those of its folder, which are followed once. */
  private static String followed(Path file, Map<Path, Path> folders) {
    if (LocalLinks.isLink(file)) {
      return LocalLinks.followed(file).toString();
    }
    Path folder = folders.computeIfAbsent(file.getParent(), LocalLinks::followed);
    // Not as a path of Hadoop's, which takes no name with a colon.
    return folder + "/" + file.getName();
  }

  private static String qualified(String what, String path, JobRun job) {
    try {
      Path place = HadoopFiles.path(path);
      return LocalLinks.followed(place.getFileSystem(job.hadoop()).makeQualified(place)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach " + what + " " + path, e);
    }
  }

  private static boolean isWithin(String path, String target) {
    // The root of a bucket ends with a slash.
    return path.equals(target) || path.startsWith(target.endsWith("/") ? target : target + "/");
  }

  private static Stream<String> files(LogicalPlan leaf) {
    return index(leaf).stream().flatMap(index -> Stream.of(index.inputFiles()));
  }

  private static Optional<FileIndex> index(LogicalPlan leaf) {
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation read) {
      return Optional.of(read.location());
    }
    return leaf instanceof DataSourceV2Relation relation
            && relation.table() instanceof FileTable table
        ? Optional.of(table.fileIndex())
        : Optional.empty();
  }

  /** Where a table keeps its files, or those of plain files begin. */
  private static Stream<String> folders(LogicalPlan leaf) {
    return Stream.concat(
        tableFolders(leaf),
        index(leaf).stream()
            .flatMap(index -> CollectionConverters.asJava(index.rootPaths()).stream())
            .map(Path::toString));
  }

  /** Of a table whose files only its own source knows, as Iceberg's; JDBC's have none. */
  private static Stream<String> tableFolders(LogicalPlan leaf) {
    return leaf instanceof DataSourceV2Relation relation && !(relation.table() instanceof FileTable)
        ? Stream.ofNullable(relation.table().properties().get(TableCatalog.PROP_LOCATION))
        : Stream.empty();
  }

  private static Stream<String> name(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation) {
      return Stream.of(relation.table().name());
    }
    return leaf instanceof LogicalRelation relation && relation.catalogTable().isDefined()
        ? Stream.of(relation.catalogTable().get().identifier().unquotedString())
        : Stream.empty();
  }
}
