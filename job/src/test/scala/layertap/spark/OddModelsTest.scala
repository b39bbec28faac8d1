package layertap.spark

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.Path
import layertap.testing.{JobFolder, SharedSpark, TestData}
import org.apache.spark.sql.functions.col
import org.apache.spark.sql.types._
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Models that take and give other types, look words up, or want batches of one size; their answers
  * are those of TensorFlow and Keras, for eleven rows.
  */
class OddModelsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val odd = TestData.root.resolve("odd-models")

  private def answers(model: String): Map[String, JsonNode] =
    new ObjectMapper()
      .readTree(odd.resolve(s"$model.answers.json").toFile)
      .properties
      .asScala
      .map(entry => entry.getKey -> entry.getValue)
      .toMap

  /** Each column fed to the input of its name, each answer tapped as `tapped` writes it. */
  private def configuration(
      model: Path,
      rows: Path,
      tapped: String => String,
      wanted: Seq[String]
  ) = {
    val inputs = spark.read.parquet(rows.toString).columns.filter(_ != "id")
    val feeds = inputs.map(input => s"{ input = $input, column = $input, tensor {} }")
    s"""model { path = "$model" }
       |input { format = parquet, path = "$rows", keep = id }
       |feeds = [${feeds.mkString(", ")}]
       |features = [${wanted.map(tapped).mkString(", ")}]
       |run.batch-size = 4""".stripMargin
  }

  private def layer(name: String) = s""""$name""""
  private def output(name: String) = s"{ output = $name, column = $name }"

  private def numbers(value: Any): Seq[Any] = value match {
    case values: scala.collection.Seq[_] => values.toSeq.flatMap(numbers)
    case single                          => Seq(single)
  }

  private def leaves(node: JsonNode): Seq[JsonNode] =
    if (node.isArray) node.elements.asScala.toSeq.flatMap(leaves) else Seq(node)

  private def isEqual(found: Any, expected: JsonNode): Boolean = found match {
    case flag: Boolean => flag == expected.asBoolean
    case text: String  => text == expected.asText
    case whole: Int    => whole == expected.asLong
    case whole: Long   => whole == expected.asLong
    case float: Float  => math.abs(float - expected.asDouble) <= 1e-5 * math.max(1, math.abs(float))
    case exact: Double => exact == expected.asDouble
  }

  private def assertAnswers(model: String, tapped: String => String): Map[String, DataType] =
    JobFolder.use { folder =>
      val wanted = answers(model)
      val (path, rows) = (odd.resolve(model), odd.resolve(s"$model.parquet"))
      val names = wanted.keys.toSeq.sorted
      val extracted = folder.extracted(configuration(path, rows, tapped, names)).sort(col("id"))
      val found = extracted.collect().toSeq
      assert(found.map(_.getAs[Int]("id")) === (0 until 11))
      names.foreach { name =>
        found.zip(wanted(name).get("rows").elements.asScala.toSeq).foreach { case (row, expected) =>
          val (values, answer) = (numbers(row.getAs[Any](name)), leaves(expected))
          assert(values.size === answer.size, s"$name of row ${row.get(0)}")
          values.zip(answer).foreach { case (value, leaf) =>
            assert(isEqual(value, leaf), s"$name of row ${row.get(0)}: $value instead of $leaf")
          }
        }
      }
      extracted.schema.map(field => field.name -> field.dataType).toMap
    }

  test("types_module: every type comes in and goes out, in a column of its type") {
    def array(element: DataType) = ArrayType(element, containsNull = false)
    val columns = assertAnswers("types_module", output).map { case (name, dtype) =>
      val plain = dtype match {
        case ArrayType(element, _) => array(element)
        case single                => single
      }
      name -> plain
    }
    val expected = Map(
      "id" -> IntegerType,
      "bfloat16" -> array(FloatType),
      "float16" -> array(FloatType),
      "float32" -> array(FloatType),
      "float64" -> array(DoubleType),
      "int8" -> array(IntegerType),
      "int16" -> array(IntegerType),
      "int32" -> array(IntegerType),
      "uint8" -> array(IntegerType),
      "uint16" -> array(IntegerType),
      "int64" -> array(LongType),
      "uint32" -> array(LongType),
      "bool" -> array(BooleanType),
      "string" -> array(StringType),
      "bool_scalar" -> BooleanType,
      "int64_scalar" -> LongType,
      "string_scalar" -> StringType
    )
    assert(columns === expected)
  }

  Seq("tables_keras2", "tables_keras3").foreach { model =>
    test(s"$model: layers that look up, cut into bins or hash give Keras' values") {
      assertAnswers(model, layer)
    }
  }

  test("vocabulary_file: a table is filled from a file among the assets") {
    assertAnswers("vocabulary_file", output)
  }

  Seq("batch_of_1", "batch_of_8").foreach { model =>
    test(s"$model: rows go in batches of that size, what fills up the last one is dropped") {
      assertAnswers(model, layer)
    }
  }
}
