package layertap.testing

import java.nio.charset.StandardCharsets.UTF_8
import layertap.report.PublishedManifest
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.util.HadoopInputFile
import org.apache.spark.sql.DataFrame
import scala.util.Try

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

  /** Rows in a file, by its footer. */
  def rowsIn(file: Path): Long = {
    val reader = ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))
    try reader.getRecordCount
    finally reader.close()
  }

  /** Rows that a run computed and did not publish, in files that it finished. */
  def stagedRows: Long =
    if (exists(beside)) {
      val staged = fileSystem
        .listStatus(new Path(beside))
        .map(_.getPath)
        .filter(_.getName.endsWith(".new"))
        .flatMap(fileSystem.listStatus(_))
        .map(_.getPath)
      // Merged files hold the same rows once more.
      val written = staged.filter(_.getName.matches("part-(?!merged).*\\.parquet"))
      written.flatMap(file => Try(rowsIn(file)).toOption).sum
    } else 0

  /** By folders named by values too. */
  def rows: DataFrame = {
    val read = SharedSpark.session.read
    if (isReadByManifest) read.option("basePath", output).parquet(files.map(_.toString): _*)
    else read.parquet(output)
  }
}

object Storage {
  def local(folder: JobFolder): Storage =
    Storage(folder.path.toString, Map.empty, isReadByManifest = false)
}
