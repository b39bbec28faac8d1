package layertap.extract.serving

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import java.util.{Map => JavaMap}
import layertap.extract.{ExtractedRow, Extractor}
import layertap.testing.PlainRows.{doubles, flat, nested}
import layertap.testing.{Npz, NumpyArray, SameValues, StoredAnswers, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Rows of plain Java for several inputs, and of sizes of their own, beside the answers of
  * tf.GradientTape and Keras.
  */
class ExtractorInputsTest extends AnyFunSuite {

  /** What differs is rounding, relative to the largest value. */
  private val bound = 1e-5

  private def open(hocon: String): Extractor =
    Extractor.builder.configuration(s"layertap {\n$hocon\n}").warnings(w => fail(w)).open()

  private def assertClose(found: Seq[Double], expected: Seq[Double], clue: Any): Unit = {
    assert(found.size === expected.size, clue)
    val largest = expected.map(math.abs).max
    val worst = found.zip(expected).map { case (a, b) => math.abs(a - b) }.max
    assert(worst <= bound * largest, clue)
  }

  /** Of each row, one by one and in a list; what of a derivative cancels keeps the rounding. */
  private def both(
      extractor: Extractor,
      rows: Seq[JavaMap[String, _]],
      tolerance: Double = SameValues.tolerance
  ): Seq[Seq[ExtractedRow]] = {
    val alone = rows.map(extractor.extract(_))
    val together = extractor.extract(rows.asJava).asScala.toSeq
    def values(of: Seq[ExtractedRow]) =
      of.map(_.features.values.asScala.toSeq.map(feature => flat(feature.values)))
    SameValues.assertSameRows(values(alone), values(together), tolerance = tolerance)
    Seq(alone, together)
  }

  private val wrt = Map(
    "convolutional" -> Seq("image", "other", "conv", "norm"),
    "recurrent" -> Seq("events", "gru", "joined")
  )

  for (net <- wrt.keys.toSeq.sorted; version <- 2 to 3)
    test(s"${net}_keras$version: derivatives of a score of two inputs are those of a tape") {
      val model = Path.of(s"test-data/gradients/${net}_keras$version")
      val suffix = s"${model.getFileName}.gradients.answers"
      val answers = new ObjectMapper().readTree(model.resolveSibling(s"$suffix.json").toFile)
      val arrays = Npz.read(model.resolveSibling(s"$suffix.npz"))
      val weights = answers.get("weights").asScala.toSeq.map(_.asDouble)
      val inputs = StoredAnswers.of(model).inputs
      assert(inputs.size === 2)
      val features =
        for (by <- wrt(net); i <- weights.indices)
          yield s"""{
        gradient { of = ${answers.get("of").asText}, class = $i, wrt = $by }, column = ${by}_$i }"""
      val topology = Path.of(s"$model.topology.json")
      val configuration =
        s"""model { path = $model${if (Files.exists(topology)) s", topology = $topology" else ""} }
           |feeds = [${inputs.keys
            .map(name => s"{ input = $name, column = $name, tensor {} }")
            .mkString(", ")}]
           |features = [${features.mkString(", ")}]""".stripMargin
      val count = inputs.values.head.shape.head.toInt
      val rows = (0 until count).map { i =>
        inputs.map { case (name, array) => name -> nested(array, i) }.asJava
      }
      Using.resource(open(configuration)) { extractor =>
        assert(extractor.columns.asScala.toSet === inputs.keySet)
        for (found <- both(extractor, rows, bound); by <- wrt(net)) {
          val answer = answers.get("gradients").asScala.find(_.get("wrt").asText == by).get
          // The tape's score is a sum of the classes' scores, with these weights.
          val sums = found.flatMap { row =>
            weights.indices
              .map(i => doubles(row.feature(s"${by}_$i")).toSeq.map(_ * weights(i)))
              .transpose
              .map(_.sum)
          }
          val shape = answer.get("shape").asScala.toSeq.map(_.asInt)
          assert(found.head.feature(s"${by}_0").shape.toSeq === shape.tail)
          val stride = answer.get("stride").asInt
          val expected = arrays(answer.get("array").asText).values.toSeq
          assertClose(sums.indices.by(stride).map(sums), expected, by)
        }
      }
    }

  private lazy val openAxes: Map[String, NumpyArray] =
    Npz.read(TestData.model("open_axes.answers.npz"))

  /** A stored array as a row's value: without an axis for rows. */
  private def whole(array: NumpyArray): AnyRef =
    nested(NumpyArray(array.dtype, 1L +: array.shape, array.values), 0)

  private def assertOwnShapes(model: String, feed: String, feature: String, column: String)(
      count: Int
  ): Unit = {
    val configuration =
      s"""model.path = ${TestData.model(model)}
         |feeds = [{ $feed }]
         |features = [$feature]""".stripMargin
    val rows = (0 until count).map(i => JavaMap.of(column, whole(openAxes(s"$column/$i"))))
    assert(rows.indices.map(i => openAxes(s"$column/$i").shape.toSeq).distinct.size > 2)
    Using.resource(open(configuration)) { extractor =>
      for (found <- both(extractor, rows); i <- rows.indices) {
        val expected = openAxes(s"$feature/$i")
        assert(found(i).feature(feature).shape.toSeq === expected.shape, i)
        assertClose(doubles(found(i).feature(feature)).toSeq, expected.values.toSeq, i)
      }
    }
  }

  test("images of sizes of their own have maps of their own sizes, as Keras computes them") {
    assertOwnShapes(
      "any_size_keras3",
      "input = image, column = image, tensor {}",
      "conv",
      "image"
    )(4)
  }

  test("sequences that are not padded run their own lengths") {
    assertOwnShapes(
      "tokens_keras3",
      "input = tokens, column = tokens, sequence { pad = none }",
      "lstm",
      "tokens"
    )(8)
  }
}
