package layertap.testing

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.Assertions
import scala.jdk.StreamConverters._

/** A folder in which jobs run in this JVM: each with a configuration and the output `out`. */
final class JobFolder(val path: Path) extends Assertions {
  private val spark = SharedSpark.session

  /** Where jobs write to. */
  val output: Path = path.resolve("out")

  /** Runs a configuration, given as what stands inside `layertap { … }`. */
  def extract(configuration: String, arguments: String*): Command =
    extractFile(write(configuration), arguments: _*)

  /** A file of a configuration. */
  def write(configuration: String): Path =
    Files.writeString(path.resolve("job.conf"), s"layertap {\n$configuration\n}\n")

  /** Runs a configuration's file. */
  def extractFile(file: Path, arguments: String*): Command =
    Command.run(
      // A JVM for each job would take the tests' time; TrialTest starts some.
      Seq("extract", file.toString, "--set", s"output.path=$output", "--set", "run.trial-seconds=0")
        ++ arguments: _*
    )

  /** The same, to the end. */
  def extracted(configuration: String, arguments: String*): DataFrame = {
    val command = extract(configuration, arguments: _*)
    assert(command.code === 0, command.log)
    rows
  }

  def rows: DataFrame = spark.read.parquet(output.toString)

  def manifest: JsonNode = new ObjectMapper().readTree(output.resolve("_layertap.json").toFile)

  /** Names of what lies in the folder, hidden files of checksums aside. */
  def names: Seq[String] = {
    val children = Files.list(path)
    try children.toScala(Seq).map(_.getFileName.toString).filterNot(_.endsWith(".crc")).sorted
    finally children.close()
  }
}

object JobFolder {
  def use[A](body: JobFolder => A): A = TempFolder.use(folder => body(new JobFolder(folder)))

  /** An array of floats in a row. */
  def floats(row: Row, column: String): Array[Float] =
    row.getAs[scala.collection.Seq[Float]](column).toArray
}
