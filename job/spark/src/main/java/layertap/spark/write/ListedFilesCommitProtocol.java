package layertap.spark.write;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import layertap.extract.ShippedObjects;
import layertap.hadoop.PlainLocalFileSystem;
import layertap.report.TaskReport;
import layertap.report.WrittenFile;
import layertap.spark.task.TaskReports;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.TaskContext;
import org.apache.spark.internal.io.FileCommitProtocol;
import org.apache.spark.internal.io.FileNameSpec;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lets tasks write to files of their own attempt and takes the list of files, with what each task
 * did, from the attempts that Spark accepts. A retried or speculative task thus counts once, and
 * what its other attempts wrote is never listed; no cluster's committer settings matter.
 *
 * <p>Made by Spark by its name, on the driver and on executors.
 */
public final class ListedFilesCommitProtocol extends FileCommitProtocol implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Option of a write: the run's id, which becomes part of the names of its files. */
  static final String RUN_KEY = "layertap.run";

  /** By directory, until they are handed out: Spark hands nobody the object that it made. */
  private static final Map<String, List<Commit>> COMMITTED = new ConcurrentHashMap<>();

  private final String jobId;
  private final String path;
  private transient List<String> files;

  /** What a task attempt commits. */
  record Commit(List<WrittenFile> files, TaskReport report) implements Serializable {}

  /**
   * Called by Spark.
   *
   * @param jobId Spark's name of the write, unique: a run that is resumed under its name must not
   *     write a file of a name that it used before
   * @param path directory that is written
   */
  public ListedFilesCommitProtocol(String jobId, String path) {
    this.jobId = jobId;
    this.path = path;
  }

  /** The commits of a finished write to a directory; they are handed out once. */
  static List<Commit> takeCommits(String path) {
    List<Commit> commits = COMMITTED.remove(path);
    if (commits == null) {
      throw new IllegalStateException("no write to " + path + " was committed");
    }
    return commits;
  }

  @Override
  public void setupJob(JobContext context) {
    COMMITTED.remove(path);
  }

  @Override
  public void commitJob(JobContext context, Seq<TaskCommitMessage> messages) {
    List<Commit> commits = new ArrayList<>();
    CollectionConverters.asJava(messages).forEach(message -> commits.add(commit(message)));
    COMMITTED.put(path, List.copyOf(commits));
  }

  private static Commit commit(TaskCommitMessage message) {
    return ShippedObjects.read((byte[]) message.obj(), Commit.class);
  }

  @Override
  public void abortJob(JobContext context) {
    COMMITTED.remove(path);
  }

  @Override
  public void setupTask(TaskAttemptContext context) {
    PlainLocalFileSystem.use(context.getConfiguration());
    files = new ArrayList<>();
  }

  @Override
  public String newTaskTempFile(
      TaskAttemptContext context, Option<String> directory, FileNameSpec name) {
    TaskContext task = TaskContext.get();
    String file =
        String.format(
            Locale.ROOT,
            "%spart-%s-%s-%05d-%s%s",
            name.prefix(),
            context.getConfiguration().get(RUN_KEY),
            jobId,
            task.partitionId(),
            task.taskAttemptId(),
            name.suffix());
    String relative = directory.isDefined() ? directory.get() + "/" + file : file;
    files.add(relative);
    return new Path(path, relative).toString();
  }

  @Override
  public String newTaskTempFileAbsPath(
      TaskAttemptContext context, String directory, FileNameSpec name) {
    throw new UnsupportedOperationException("partitions with locations of their own: " + directory);
  }

  /** What Spark asked before it had names of two parts. Before Spark 4.1 it has to be there. */
  @Override
  @SuppressWarnings("deprecation")
  public String newTaskTempFile(
      TaskAttemptContext context, Option<String> directory, String extension) {
    return newTaskTempFile(context, directory, new FileNameSpec("", extension));
  }

  /** As the method above. */
  @Override
  @SuppressWarnings("deprecation")
  public String newTaskTempFileAbsPath(
      TaskAttemptContext context, String directory, String extension) {
    return newTaskTempFileAbsPath(context, directory, new FileNameSpec("", extension));
  }

  @Override
  public TaskCommitMessage commitTask(TaskAttemptContext context) {
    List<WrittenFile> written = new ArrayList<>();
    try {
      for (String file : files) {
        Path full = new Path(path, file);
        FileSystem fileSystem = full.getFileSystem(context.getConfiguration());
        written.add(new WrittenFile(file, fileSystem.getFileStatus(full).getLen()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look up what was written to " + path, e);
    }
    return new TaskCommitMessage(
        ShippedObjects.bytes(new Commit(written, TaskReports.ofThisJvm().take())));
  }

  @Override
  public void abortTask(TaskAttemptContext context) {
    for (String file : files) {
      try {
        Path full = new Path(path, file);
        full.getFileSystem(context.getConfiguration()).delete(full, false);
      } catch (IOException e) {
        // Publication deletes whatever is not listed.
      }
    }
  }
}
