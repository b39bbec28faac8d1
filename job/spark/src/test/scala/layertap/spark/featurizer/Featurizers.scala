package layertap.spark.featurizer

import java.nio.file.{Files, Path}
import layertap.spark.LayerFeaturizer
import layertap.testing.{SharedSpark, StoredAnswers}
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.{DataFrame, Row}

/** Transformers and rows for tests. */
object Featurizers {
  private val spark = SharedSpark.session
  import spark.implicits._

  /** A JVM for each trial would take the tests' time. */
  lazy val withoutTrial: Path = {
    val file = Files.createTempFile("featurizer", ".conf")
    file.toFile.deleteOnExit()
    Files.writeString(file, "layertap.run.trial-seconds = 0")
  }

  val digitsFeed = "{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }"

  /** A transformer whose model is tried in this JVM. */
  def of(model: String, feeds: String, features: String): LayerFeaturizer =
    new LayerFeaturizer()
      .setConfig(withoutTrial.toString)
      .setModel(model)
      .setFeeds(feeds)
      .setFeatures(features)

  /** One of handwritten digits. */
  def digits(features: String = "[softmax]"): LayerFeaturizer =
    of("test-data/models/digits_keras3", digitsFeed, features)

  /** The digits below a number. */
  def rows(below: Int): DataFrame = spark.read.parquet("test-data/digits").where(s"id < $below")

  /** The inputs of a model for which its answers are known: `id`, and a column for each input. */
  def answered(stored: StoredAnswers): DataFrame = {
    val inputs = stored.inputs.toSeq.sortBy(_._1)
    val count = inputs.head._2.shape.head.toInt
    val values = (0 until count).map { row =>
      (
        row,
        inputs.map { case (_, array) =>
          val size = array.values.length / count
          array.values.slice(row * size, (row + 1) * size).map(_.toFloat)
        }
      )
    }
    inputs.indices.foldLeft(values.toDF("id", "inputs")) { (frame, i) =>
      frame.withColumn(inputs(i)._1, $"inputs".getItem(i))
    } drop "inputs"
  }

  /** The numbers of a feature in a row, whatever its form. */
  def numbers(value: Any): Array[Double] = value match {
    case vector: Vector                  => vector.toArray
    case values: scala.collection.Seq[_] => values.iterator.flatMap(numbers(_)).toArray
    case number: Number                  => Array(number.doubleValue)
  }

  /** All numbers of a column, row by row. */
  def numbers(rows: Seq[Row], column: String): Array[Double] =
    rows.toArray.flatMap(row => numbers(row.getAs[Any](column)))
}
