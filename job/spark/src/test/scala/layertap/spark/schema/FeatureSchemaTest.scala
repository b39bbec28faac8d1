package layertap.spark.schema

import layertap.failure.UserException
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.types.StructType
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class FeatureSchemaTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val digits =
    """model { path = test-data/models/digits_keras3 }
      |input { format = parquet, path = test-data/digits, keep = [id], where = "id < 3" }
      |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
      |""".stripMargin

  test("a feature is read back as the same shaped array from every form") {
    JobFolder.use { folder =>
      val rows = folder.extracted(
        digits + """features = [
          |  { layer = conv2, column = flat }
          |  { layer = conv2, column = nested, as = nested }
          |  { layer = conv2, column = vector, as = vector }
          |  { layer = conv2, column = half, store = float16 }
          |  { layer = conv2, column = brain, store = bfloat16 }
          |]""".stripMargin
      )
      val features = FeatureSchema.of(rows.schema).features.asScala
      assert(features.map(_.column) === Seq("flat", "nested", "vector", "half", "brain"))
      features.foreach { feature =>
        assert(feature.layer === "conv2")
        assert(feature.shape.asScala === Seq(8L, 8L, 48L))
      }
      rows.collect().foreach { row =>
        val expected = features.head.read(row).floats
        features.foreach { feature =>
          val found = feature.read(row)
          assert(found.shape === Array(8, 8, 48))
          val values = found.values match {
            case floats: Array[Float]   => floats
            case doubles: Array[Double] => doubles.map(_.toFloat)
          }
          val precision = if (feature.store == "native") 0.0 else 1.0 / 256
          values.zip(expected).foreach { case (a, b) =>
            assert(math.abs(a - b) <= math.abs(b) * precision + (if (precision > 0) 1e-7 else 0))
          }
        }
        val nested = features.head.read(row).nested.asInstanceOf[Array[Array[Array[Float]]]]
        assert(nested(2)(5)(7) === expected((2 * 8 + 5) * 48 + 7))
        assert(nested.flatten.flatten === expected)
      }
    }
  }

  test("open sizes come from the length or the column of shapes; a row without features is null") {
    JobFolder.use { folder =>
      val rows = folder.extracted(
        """model.path = test-data/models/any_size_keras3
          |input { path = ["test-data/odd/tiny.png", "test-data/odd/one_row.jpg", "test-data/odd/empty.jpg"] }
          |feeds = [{ input = image, column = content, image { fit = none } }]
          |features = [conv, mean]
          |rows.on-invalid = keep""".stripMargin
      )
      val conv = FeatureSchema.of(rows.schema).feature("conv")
      assert(conv.shape.asScala === Seq(-1L, -1L, 4L))
      val shapes = rows.collect().map(row => Option(conv.read(row)).map(_.shape.toSeq)).toSet
      assert(shapes === Set(Some(Seq(2, 3, 4)), Some(Seq(1, 20, 4)), None))
    }
    JobFolder.use { folder =>
      val rows = folder.extracted(
        """model.path = test-data/models/tokens_keras3
          |input { format = parquet, path = test-data/digits, where = "id < 2"
          |        select { tokens = "array_repeat(id, 3)" } }
          |feeds = [{ input = tokens, column = tokens, sequence { pad = none } }]
          |features = lstm""".stripMargin
      )
      val lstm = FeatureSchema.of(rows.schema).feature("lstm")
      rows.collect().foreach(row => assert(lstm.read(row).shape === Array(3, 5)))
    }
  }

  test("a column that is no feature is refused") {
    val schema = new StructType().add("a", "int")
    val message = intercept[UserException](FeatureSchema.of(schema).feature("a")).getMessage
    assert(
      message.startsWith("cannot read 'a' as a feature: the feature columns of the table are []")
    )
  }
}
