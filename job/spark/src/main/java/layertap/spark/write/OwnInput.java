package layertap.spark.write;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.LocalLinks;
import layertap.spark.run.JobRun;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.FileTable;
import scala.jdk.javaapi.CollectionConverters;

/** Keeps a job from writing to what it reads, which publication would replace. */
final class OwnInput {
  private OwnInput() {}

  /**
   * Goes on only if neither rows nor model come from the output.
   *
   * @param target the output's path, qualified
   * @throws OutputException if they do
   */
  static void refuse(JobRun job, Dataset<Row> rows, String target) {
    String output = job.config().output().path();
    String model = job.config().model().path();
    if (isWithin(qualified(model, job), target)) {
      throw new OutputException(
          "cannot write to " + output + ": the model is in it; set another output.path");
    }
    Map<Path, Path> folders = new HashMap<>();
    Optional<String> file =
        CollectionConverters.asJava(rows.queryExecution().analyzed().collectLeaves()).stream()
            .flatMap(OwnInput::files)
            .map(encoded -> new Path(URI.create(encoded)))
            .filter(path -> isWithin(followed(path, folders), target))
            .map(Path::toString)
            .findFirst();
    if (file.isPresent()) {
      throw new OutputException(
          ("cannot write to %s: the job reads %s, which is in it; set another "
                  + "output.path, or another input")
              .formatted(output, file.get()));
    }
  }

  /** Where a file is, by the links of its folder, which are followed once. */
  private static String followed(Path file, Map<Path, Path> folders) {
    Path folder = folders.computeIfAbsent(file.getParent(), LocalLinks::followed);
    // Not as a path of Hadoop's, which takes no name with a colon.
    return folder + "/" + file.getName();
  }

  private static String qualified(String path, JobRun job) {
    try {
      Path model = HadoopFiles.path(path);
      return LocalLinks.followed(model.getFileSystem(job.hadoop()).makeQualified(model)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reach the model " + path, e);
    }
  }

  private static boolean isWithin(String path, String target) {
    return path.equals(target) || path.startsWith(target + "/");
  }

  private static Stream<String> files(LogicalPlan leaf) {
    Optional<FileIndex> index = Optional.empty();
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation read) {
      index = Optional.of(read.location());
    } else if (leaf instanceof DataSourceV2Relation relation
        && relation.table() instanceof FileTable table) {
      index = Optional.of(table.fileIndex());
    }
    return index.stream().flatMap(files -> Stream.of(files.inputFiles()));
  }
}
