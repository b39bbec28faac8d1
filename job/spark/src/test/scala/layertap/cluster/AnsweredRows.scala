package layertap.cluster

import java.nio.file.Path
import layertap.testing.Answer
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.apache.spark.sql.SparkSession
import org.scalatest.Assertions

/** Rows for which Keras' answers are stored, many times over, and jobs on them. */
final class AnsweredRows(spark: => SparkSession) extends Assertions {
  private val model = TestData.model("cnn_functional_keras2")
  private val stored = StoredAnswers.of(model)

  def answers: Seq[Answer] = stored.answers

  /** Writes rows with ids from 0 on, the first in the first file: the rows of the answers' input,
    * again and again.
    */
  def write(folder: Path, copies: Int, files: Int): Unit = {
    val session = spark
    import session.implicits._
    val array = stored.inputs.head._2
    val once = array.floats.grouped((array.shape.product / array.shape.head).toInt).toSeq
    Seq
      .fill(copies)(once)
      .flatten
      .zipWithIndex
      .map(_.swap)
      .toDF("id", "pixels")
      .repartitionByRange(files, $"id")
      .write
      .parquet(folder.toString)
  }

  /** The configuration of a job that taps every layer. */
  def job(folder: Path): String =
    s"""layertap {
       |  model { path = "${model.toAbsolutePath}" }
       |  input { format = parquet, path = "${folder.resolve("rows")}", keep = [id] }
       |  feeds = [
       |    { input = "${stored.inputs.head._1}", column = pixels, tensor { shape = [28, 28, 1] } }
       |  ]
       |  features = [ "*" ]
       |  output { path = "${folder.resolve("features")}", key = id }
       |}
       |""".stripMargin

  /** Compares an output with the answers: every row once, in every copy. */
  def compare(features: Path, copies: Int): Unit = {
    val once = stored.inputs.head._2.shape.head.toInt
    val table = spark.read.parquet(features.toString).orderBy("id").collect()
    assert(table.map(_.getAs[Int]("id")).toSeq == (0 until copies * once))
    assert(table.head.schema.fieldNames.toSeq == "id" +: answers.map(_.name))
    table.grouped(once).foreach { copy =>
      answers.foreach { answer =>
        val values = copy.flatMap(_.getAs[scala.collection.Seq[Float]](answer.name))
        assert(answer.difference(values.map(_.toDouble)) <= answer.bound, answer.name)
      }
    }
  }
}
