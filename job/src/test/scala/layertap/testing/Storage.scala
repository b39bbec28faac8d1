package layertap.testing

import java.nio.charset.StandardCharsets.UTF_8
import layertap.report.PublishedManifest
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.spark.sql.DataFrame

/** Where outputs of tests are written: this machine's disk, HDFS, an object store.
  *
  * @param root
  *   directory of one output, `out`, and what is beside it
  * @param settings
  *   of Hadoop
  * @param isReadByManifest
  *   whether readers go by the manifest: it is what changes in one step
  */
final case class Storage(root: String, settings: Map[String, String], isReadByManifest: Boolean) {
  val output: String = s"$root/out"
  val beside: String = s"$root/.out.layertap"

  /** For a program in a JVM of its own. */
  val javaOptions: Seq[String] = settings.toSeq.map { case (key, value) =>
    s"-Dspark.hadoop.$key=$value"
  }

  val configuration: Configuration = {
    val configuration = new Configuration
    settings.foreach { case (key, value) => configuration.set(key, value) }
    configuration
  }

  private def fileSystem: FileSystem = new Path(root).getFileSystem(configuration)

  def exists(path: String): Boolean = fileSystem.exists(new Path(path))

  /** What is in the root. */
  def names: Set[String] =
    if (exists(root))
      fileSystem.listStatus(new Path(root)).map(_.getPath.getName).toSet - "in" - "job.conf"
    else Set()

  def manifest: PublishedManifest = {
    val stream = fileSystem.open(new Path(output, "_layertap.json"))
    try PublishedManifest.parse(new String(stream.readAllBytes(), UTF_8)).get
    finally stream.close()
  }

  /** Paths of the output's files, as a reader finds them. */
  def files: Seq[Path] =
    if (isReadByManifest) manifest.allFiles.toArray(Array[String]()).toSeq.map(new Path(output, _))
    else
      fileSystem
        .listStatus(new Path(output))
        .map(_.getPath)
        .filter(_.getName.endsWith(".parquet"))
        .toSeq

  def rows: DataFrame = SharedSpark.session.read.parquet(files.map(_.toString): _*)
}

object Storage {
  def local(folder: JobFolder): Storage =
    Storage(folder.path.toString, Map.empty, isReadByManifest = false)
}
