package layertap.spark.featurizer

import java.nio.file.Path
import layertap.spark.featurizer.Featurizers.{answered, digitsFeed, numbers}
import layertap.testing.{JobFolder, SharedSpark, StoredAnswers}
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** A transformer and a job give the same: the same bits, if the same rows are in a batch. */
class TransformAndJobTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def assertEqualBits(model: String, in: String, feeds: String, layers: Seq[String]): Unit =
    JobFolder.use { folder =>
      val features = (layers.zipWithIndex.map { case (layer, i) =>
        s"""{ layer = "$layer", column = f$i }"""
      } :+ s"""{ layer = "${layers.last}", column = half, store = bfloat16 }""")
        .mkString("[", ", ", "]")
      val files = folder
        .extracted(
          s"""model.path = test-data/models/$model
             |input { format = parquet, path = "$in", keep = id }
             |feeds = $feeds
             |features = $features
             |run.batch-size = 4""".stripMargin
        )
        .collect()
        .toSeq
      val added = Featurizers
        .of(s"test-data/models/$model", feeds, features)
        .setBatchSize(4)
        .transform(spark.read.parquet(in))
        .collect()
        .toSeq
      def byId(rows: Seq[Row]) = rows.map(row => row.getAs[Int]("id") -> row).toMap
      val (of, there) = (byId(files), byId(added))
      assert(of.size === added.size && of.keySet === there.keySet && of.nonEmpty)
      of.foreach { case (id, row) =>
        layers.indices.foreach { i =>
          val (a, b) = (numbers(row.getAs[Any](s"f$i")), numbers(there(id).getAs[Any](s"f$i")))
          assert(
            a.map(java.lang.Double.doubleToRawLongBits).toSeq ===
              b.map(java.lang.Double.doubleToRawLongBits).toSeq,
            s"${layers(i)} of row $id"
          )
        }
        assert(row.getAs[Array[Byte]]("half").toSeq === there(id).getAs[Array[Byte]]("half").toSeq)
      }
    }

  private def written(folder: JobFolder, model: String): String = {
    val path = folder.path.resolve("in").toString
    val two = answered(StoredAnswers.of(Path.of(s"test-data/models/$model"))).coalesce(1)
    // Eleven rows of each: batches that are full, and one that is not.
    (0 until 11)
      .map(i => two.selectExpr(s"id + ${2 * i} AS id", s"${two.columns(1)}"))
      .reduce(_ union _)
      .coalesce(1)
      .write
      .parquet(path)
    path
  }

  test("a Keras 2 CNN") {
    JobFolder.use { folder =>
      assertEqualBits(
        "cnn_functional_keras2",
        written(folder, "cnn_functional_keras2"),
        "[{ input = image, column = image, tensor { shape = [28, 28, 1] } }]",
        Seq("conv1", "bn1", "conv2", "predictions")
      )
    }
  }

  test("a Keras 3 model") {
    assertEqualBits(
      "digits_keras3",
      "test-data/digits",
      s"[$digitsFeed]",
      Seq("conv1", "bn1", "pool", "softmax")
    )
  }

  test("an LSTM") {
    JobFolder.use { folder =>
      assertEqualBits(
        "lstm_keras3",
        written(folder, "lstm_keras3"),
        "[{ input = events, column = events, tensor { shape = [10, 100] } }]",
        Seq("lstm:sequence", "lstm:hidden", "lstm:cell")
      )
    }
  }
}
