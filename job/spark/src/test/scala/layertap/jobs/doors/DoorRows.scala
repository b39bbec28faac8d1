package layertap.jobs.doors

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import java.util.{Map => JavaMap}
import layertap.spark.LayerFeaturizer
import layertap.testing.{Command, SharedSpark}
import org.apache.spark.sql.functions.monotonically_increasing_id

/** Rows of photos through a job and through a transformer of the same session, from Parquet to
  * Parquet, in turns; for `scripts/bench doors`.
  *
  * {{{
  * FOLDER ROWS ROUNDS      prints the median rows per second of both as JSON
  * }}}
  */
object DoorRows {
  private val model = "test-data/models/mobilenet_v2_keras3"
  private val feeds =
    "[{ input = keras_tensor, column = content, image { size = [96, 96], preprocessing = mobilenet_v2 } }]"
  private val features = "[{ layer = out_relu, pool = avg, column = embedding }]"

  def main(arguments: Array[String]): Unit = {
    val Array(folder, rowsText, roundsText) = arguments
    val rows = rowsText.toInt
    val input = s"$folder/door-rows"
    makeInput(input, rows)
    val configuration = Files.writeString(Path.of(folder, "door-rows.conf"), job(input, folder))
    val seconds = (0 to roundsText.toInt).map { _ =>
      (timed(runJob(configuration)), timed(transform(input, s"$folder/door-transformed")))
    }
    // The first round opens the model and warms up.
    def median(all: Seq[Double]): Double = all.sorted.apply(all.size / 2)
    val measured = seconds.tail
    println(
      new ObjectMapper().writeValueAsString(
        JavaMap.of(
          "job",
          rows / median(measured.map(_._1)),
          "transform",
          rows / median(measured.map(_._2))
        )
      )
    )
  }

  private def makeInput(input: String, rows: Int): Unit = {
    val spark = SharedSpark.session
    val photos = spark.read
      .format("binaryFile")
      .option("recursiveFileLookup", true)
      .load("test-data/images")
      .select("content")
    photos
      .crossJoin(spark.range(rows / photos.count() + 1))
      .limit(rows)
      .repartition(8)
      .select(monotonically_increasing_id().as("id"), photos("content"))
      .write
      .mode("overwrite")
      .parquet(input)
  }

  private def job(input: String, folder: String): String =
    s"""layertap {
       |  model.path = $model
       |  input { format = parquet, path = "$input", keep = [id] }
       |  feeds = $feeds
       |  features = $features
       |  run.trial-seconds = 0
       |  output { path = "$folder/door-job", mode = overwrite }
       |}""".stripMargin

  private def runJob(configuration: Path): Unit = {
    val command = Command.run("extract", configuration.toString)
    if (command.code != 0) throw new IllegalStateException(command.log)
  }

  private def transform(input: String, output: String): Unit =
    new LayerFeaturizer()
      .setModel(model)
      .setFeeds(feeds)
      .setFeatures(features)
      .transform(SharedSpark.session.read.parquet(input))
      .drop("content")
      .write
      .mode("overwrite")
      .parquet(output)

  private def timed(work: => Unit): Double = {
    val start = System.nanoTime
    work
    (System.nanoTime - start) / 1e9
  }
}
