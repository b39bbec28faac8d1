package layertap.jobs

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import layertap.graph.Graphs._
import layertap.testing.SavedModels.{of, port, signature}
import java.nio.file.Path
import layertap.testing.Command
import layertap.testing.FarFileSystem
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TestData
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
      model: String,
      tapped: String => String,
      wanted: Seq[String],
      rows: Int,
      location: String
  ) = {
    val stored = odd.resolve(s"$model.parquet").toString
    val inputs = spark.read.parquet(stored).columns.filter(_ != "id")
    val feeds = inputs.map(input => s"{ input = $input, column = $input, tensor {} }")
    s"""model { path = "$location" }
       |input { format = parquet, path = "$stored", keep = id, where = "id < $rows" }
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

  private def isEqual(found: Any, expected: JsonNode, tolerance: Double): Boolean = found match {
    case flag: Boolean => flag == expected.asBoolean
    case text: String  => text == expected.asText
    case whole: Int    => whole == expected.asLong
    case whole: Long   => whole == expected.asLong
    case float: Float  =>
      math.abs(float - expected.asDouble) <= tolerance * math.max(1, math.abs(float))
    case exact: Double =>
      math.abs(exact - expected.asDouble) <= 1e-14 * math.max(1, math.abs(exact))
  }

  private def assertAnswers(
      model: String,
      tapped: String => String,
      rows: Int = 11,
      tolerance: Double = 1e-5,
      location: Option[String] = None
  ): Map[String, DataType] =
    JobFolder.use { folder =>
      val wanted = answers(model)
      val names = wanted.keys.toSeq.sorted
      val at = location.getOrElse(odd.resolve(model).toString)
      val job = configuration(model, tapped, names, rows, at)
      val extracted = folder.extracted(job).sort(col("id"))
      val found = extracted.collect().toSeq
      assert(found.map(_.getAs[Int]("id")) === (0 until rows))
      names.foreach { name =>
        found.zip(wanted(name).get("rows").elements.asScala.toSeq).foreach { case (row, expected) =>
          val (values, answer) = (numbers(row.getAs[Any](name)), leaves(expected))
          assert(values.size === answer.size, s"$name of row ${row.get(0)}")
          values.zip(answer).foreach { case (value, leaf) =>
            assert(
              isEqual(value, leaf, tolerance),
              s"$name of row ${row.get(0)}: $value instead of $leaf"
            )
          }
        }
      }
      extracted.schema.map(field => field.name -> field.dataType).toMap
    }

  private def along(axis: String)(name: String) =
    s"{ output = $name, column = $name, batch-axis = $axis }"

  test("one_image_module: a model that takes the bytes of one image runs row by row") {
    val columns = assertAnswers(
      "one_image_module",
      name => if (name == "any_size") along("none")(name) else output(name),
      rows = 5
    )
    assert(columns("brightest") === FloatType)
  }

  test("one_image_module: an axis of open size may be that of the row or a part of its value") {
    JobFolder.use { folder =>
      def refused(feature: String) = {
        val stored = odd.resolve("one_image_module").toString
        val job = s"""model { path = "$stored" }
          |input { format = parquet, path = "$stored.parquet", keep = id }
          |feeds = { input = png, column = png, tensor {} }
          |features = [$feature]""".stripMargin
        val command = folder.extract(job)
        assert(command.code === 2)
        command.message
      }
      assert(
        refused(
          output("any_size")
        ) === "cannot tap 'any_size': the model takes one row at a time, " +
          "and nothing tells whether the first axis of (?, ?, 3) is that of the row or a part of its " +
          "value; set batch-axis = 0 or batch-axis = none"
      )
    }
  }

  test("stacked_module: rows along the second axis") {
    assertAnswers("stacked_module", along("1"), rows = 5)
  }

  test("stacked_module: axes that there are not, and none in a model of many rows") {
    JobFolder.use { folder =>
      def refused(axis: String) = {
        val stored = odd.resolve("stacked_module").toString
        val job = s"""model { path = "$stored" }
          |input { format = parquet, path = "$stored.parquet", keep = id }
          |feeds = { input = numbers, column = numbers, tensor {} }
          |features = [${along(axis)("states")}]""".stripMargin
        val command = folder.extract(job)
        assert(command.code === 2)
        command.message
      }
      assert(
        refused(
          "3"
        ) === "cannot tap 'states' with batch-axis = 3: its shape is (2, ?, 4); name one " +
          "of its axes, from 0"
      )
      assert(
        refused("none") === "cannot tap 'states' with batch-axis = none: the model takes several " +
          "rows at once, so one tensor holds them all; leave batch-axis out"
      )
      assert(
        refused(
          "0"
        ) === "cannot write the feature 'states': the tensor StatefulPartitionedCall:0 " +
          "has the shape (2, ?, 4), whose first axis is not the batch; tap a tensor with a row for " +
          "each row, or name its axis with batch-axis = 1"
      )
    }
  }

  test("parsed_module: rows with one value each have theirs, and go one at a time") {
    assertAnswers("parsed_module", output, rows = 5)
    JobFolder.use { folder =>
      val job = configuration("parsed_module", output, Seq("vectors"), 5, s"$odd/parsed_module")
      val log = folder.extract(job).log.linesIterator.toSeq
      assert(
        log.filter(_.contains("one at a time")) === Seq(
          "layertap: warning: rows go through the model one at a time, which takes longer: the values " +
            "fed say how many places 'vectors' has, and of several rows nothing tells whose they are; " +
            "to avoid it, tap a layer that has one for each row"
        )
      )
    }
  }

  // An Example with the ids 2 and 1; one of no bytes has none.
  private val twoIds = "0a0f0a0d0a0369647312061a040a020201"

  test("parsed_module: five values of five rows, two of them one row's, are not one for each") {
    JobFolder.use { folder =>
      val stored = odd.resolve("parsed_module").toString
      val job = s"""model { path = "$stored" }
        |input {
        |  format = parquet, path = "$stored.parquet", keep = id
        |  select { some = "case id when 0 then x'$twoIds' when 1 then x'' else examples end" }
        |}
        |feeds = { input = examples, column = some, tensor {} }
        |features = [${output("vectors")}]
        |run.batch-size = 5""".stripMargin
      val command = folder.extract(job)
      assert(command.code === 2)
      assert(
        command.message === "cannot split StatefulPartitionedCall/Identity_1:0 into rows: a batch of 1 gave " +
          "DT_FLOAT[2, 3]; the tensor mixes rows, tap one with a row for each row"
      )
    }
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

  Seq("vocabulary_keras2", "vocabulary_keras3").foreach { model =>
    test(s"$model: a layer's table is filled from a file among the assets") {
      assertAnswers(model, layer)
    }
  }

  test("hostile_module: of the outputs of which one cannot be run, the others can") {
    assertAnswers("hostile_module", output)
  }

  test("vocabulary_file, where TensorFlow cannot read it: from a private copy, which is deleted") {
    FarFileSystem.register(spark.sparkContext.hadoopConfiguration)
    val before = assetCopies
    val location = FarFileSystem.location(odd.resolve("vocabulary_file"))
    assertAnswers("vocabulary_file", output, location = Some(location))
    assert(assetCopies === before)
  }

  private def assetCopies: Set[String] =
    Path
      .of(System.getProperty("java.io.tmpdir"))
      .toFile
      .list
      .filter(_.startsWith("layertap-assets"))
      .toSet

  test("kept_tables: tables whose contents are variables are filled from the checkpoint") {
    assertAnswers("kept_tables", output)
  }

  Seq("batch_of_1" -> 1, "batch_of_8" -> 8).foreach { case (model, size) =>
    test(s"$model takes exactly as many rows") {
      val inputs = TestData.load(model).signature.inputs.values.asScala
      assert(inputs.map(_.shape.sizes.get(0)).toSeq === Seq(size))
    }

    Seq(1, 7, 8, 9, 11).foreach { rows =>
      test(
        s"$model, $rows rows: go in batches of that size, what fills up the last one is dropped"
      ) {
        assertAnswers(model, layer, rows)
      }
    }
  }

  Seq("keras2", "keras3").foreach { framework =>
    test(s"float64_$framework: layers of double precision, in columns of it") {
      val columns = assertAnswers(s"float64_$framework", layer)
      Seq("conv", "bn", "last").foreach { name =>
        assert(columns(name).asInstanceOf[ArrayType].elementType === DoubleType)
      }
    }

    // Units in the last place, which orders of summation differ by.
    Seq("mixed_float16" -> 1.0 / 1024, "mixed_bfloat16" -> 1.0 / 128).foreach {
      case (policy, rounding) =>
        test(s"${policy}_$framework: layers that compute in halves, in columns of floats") {
          val columns = assertAnswers(s"${policy}_$framework", layer, tolerance = rounding)
          Seq("conv", "bn", "last").foreach { name =>
            assert(columns(name).asInstanceOf[ArrayType].elementType === FloatType)
          }
        }
    }
  }

  test("initialized_keras2: by its stored flag a layer does not initialize itself anew") {
    assertAnswers("initialized_keras2", layer)
    JobFolder.use { folder =>
      val job =
        configuration("initialized_keras2", layer, Seq("last"), 11, s"$odd/initialized_keras2")
      assert(!folder.extract(job).log.contains("warning"))
    }
  }

  private val stateful = "the layer 'lstm' changes 'lstm/%s', 'lstm/%s' at each run; here each" +
    " batch starts from the stored state"
  private val asserting = "2 assertions of the model, the first '%schecked%s/assert_less/Assert/" +
    "AssertGuard', are not run; rows that the model itself would refuse are taken"
  private val told = Seq(
    "stateful_keras2" -> stateful.format("Variable_1", "Variable"),
    "stateful_keras3" -> stateful.format("rnn_state", "rnn_state_1"),
    "asserting_keras2" -> asserting.format("asserting/", ""),
    "asserting_keras3" -> asserting.format("asserting_1/", "_1")
  )
  told.foreach { case (model, warning) =>
    test(s"$model: what a part of the model does not do is told") {
      assertAnswers(model, layer)
      JobFolder.use { folder =>
        val job = configuration(model, layer, Seq("last"), 11, s"$odd/$model")
        val log = folder.extract(job).log.linesIterator.toSeq
        assert(log.filter(_.contains("warning")) === Seq(s"layertap: warning: $warning"))
        val file = folder.write(s"$job\noutput.path = unused").toString
        val plan = Command.run("plan", file, "--set", "run.trial-seconds=0")
        assert(plan.out.linesIterator.toSeq.last === s"warning: $warning")
      }
    }
  }

  test("ragged_module: a ragged output is refused by name, the plain one beside it is given") {
    assertAnswers("ragged_module", output)
    JobFolder.use { folder =>
      val job =
        configuration("ragged_module", output, Seq("characters"), 11, s"$odd/ragged_module")
      assert(
        folder.extract(job).message === "cannot find the output 'characters': the signature" +
          " 'serving_default' has a ragged or sparse tensor of that name; only plain tensors can be" +
          " fed and tapped"
      )
    }
  }

  test("a tensor of unknown rank that is one number a row: an array, and its shape") {
    JobFolder.use { folder =>
      val input = node("x", "Placeholder").having("dtype" -> Float32)
      val ends = signature(port("x", "x:0"))(port("y", "y:0"))
      of(graph(input, float("y", "Neg", "x")), ends).writeTo(folder.path.resolve("model"))
      val job = s"""model { path = "${folder.path}/model" }
                   |input { format = parquet, path = "$odd/batch_of_1.parquet", keep = id }
                   |input.select { x = "float(numbers[0])" }
                   |feeds = [{ input = x, column = x, tensor {} }]
                   |features = [{ output = y, column = y }]""".stripMargin
      val rows = folder.extracted(job).collect()
      assert(rows.length === 11)
      rows.foreach(row => assert(numbers(row.getAs[Any]("y")).size === 1))
      rows.foreach(row => assert(numbers(row.getAs[Any]("y_shape")) === Seq()))
    }
  }
}
