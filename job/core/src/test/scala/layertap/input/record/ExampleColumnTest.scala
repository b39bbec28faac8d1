package layertap.input.record

import java.nio.file.Files
import layertap.failure.UserException
import layertap.input.record.ExampleColumn.MismatchException
import layertap.input.record.FeatureKind.{BYTES, FLOAT, INT64, TEXT}
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SequenceExample
import scala.jdk.CollectionConverters._
import scala.util.Try

/** Columns of Examples that TensorFlow wrote: what they are inferred to be, and what they hold. */
class ExampleColumnTest extends AnyFunSuite {
  private def records(name: String): Seq[Array[Byte]] = {
    val file = TestData.root.resolve(s"tfrecord/$name")
    val reader = new TfRecordReader(Files.newInputStream(file))
    try reader.asScala.map(_.data).toList
    finally reader.close()
  }

  private def examples(name: String): Seq[SequenceExample] =
    records(name).flatMap(data => Try(SequenceExample.parseFrom(data)).toOption)

  private def inferred(examples: Seq[SequenceExample]): Seq[ExampleColumn] = {
    val columns = new ExampleColumns
    examples.foreach(columns.add)
    columns.columns.asScala.toSeq
  }

  private def column(name: String, kind: FeatureKind, depth: Int) =
    new ExampleColumn(name, kind, depth)

  /** Arrays as sequences. */
  private def plain(value: Any): Any = value match {
    case array: Array[_] => array.toSeq.map(plain)
    case other           => other
  }

  private def mismatch(column: ExampleColumn, example: SequenceExample): String =
    intercept[MismatchException](column.of(example)).getMessage

  test("one value in every record is a value, else it is a list") {
    assert(
      inferred(examples("rows/rows.tfrecord")) === Seq(
        column("id", INT64, 0),
        column("ids", INT64, 1),
        column("name", BYTES, 0),
        column("pixels", FLOAT, 1),
        column("score", FLOAT, 0),
        column("tags", BYTES, 1)
      )
    )
    // Of a few records less is known.
    assert(inferred(examples("rows/rows.tfrecord").take(1)).contains(column("ids", INT64, 0)))
  }

  test("steps of one value are a list, of several a list of lists") {
    assert(
      inferred(examples("sequences.tfrecord")) === Seq(
        column("id", INT64, 0),
        column("n", INT64, 1),
        column("steps", FLOAT, 2),
        column("words", BYTES, 1)
      )
    )
  }

  test("a feature of two kinds is refused") {
    val failure = intercept[UserException](inferred(examples("odd.tfrecord")))
    assert(
      failure.getMessage === "cannot infer the columns of the TFRecord files: the feature 'x' holds" +
        " floats in one record and integers in another; name the columns that you need, with the" +
        " types that you mean, in input.schema"
    )
  }

  test("features that differ in case alone are refused") {
    val one = examples("rows/rows.tfrecord").head
    val context = one.getContext.toBuilder.putFeature("ID", one.getContext.getFeatureOrThrow("id"))
    val failure =
      intercept[UserException](inferred(Seq(one.toBuilder.setContext(context).build)))
    assert(
      failure.getMessage === "cannot infer the columns of the TFRecord files: the features 'ID' and" +
        " 'id' differ in upper and lower case alone, which columns do not; name the columns that you" +
        " need in input.schema"
    )
  }

  test("values, lists, steps; what is missing is null, what is empty is empty") {
    val rows = examples("rows/rows.tfrecord")
    assert(plain(column("id", INT64, 0).of(rows(1))) === -2L)
    assert(plain(column("name", TEXT, 0).of(rows(1))) === "row 1 é".getBytes("UTF-8").toSeq)
    assert(plain(column("ids", INT64, 1).of(rows(2))).asInstanceOf[Seq[Long]].size === 3)
    assert(column("score", FLOAT, 0).of(rows(5)) === null)
    assert(column("nothing", FLOAT, 1).of(rows(0)) === null)
    val tags = (0 to 3).map(i => plain(column("tags", BYTES, 1).of(rows(i))))
    assert(tags(0) === Seq())
    assert(tags(3) === Seq(Seq(-1, -40), Seq(), Seq('b'.toByte)))
    val sequences = examples("sequences.tfrecord")
    val steps = sequences.map(example => plain(column("steps", FLOAT, 2).of(example)))
    assert(steps === Seq(Seq(Seq(1f, 2f), Seq(3f)), Seq(Seq()), Seq()))
    val words = sequences.map(example => plain(column("words", TEXT, 1).of(example)))
    assert(words === Seq(Seq(Seq('a'), Seq('b')), Seq(), Seq(Seq('c'))))
    assert(plain(column("n", INT64, 1).of(sequences(1))) === Seq(1L, 2L))
    assert(column("n", INT64, 1).of(sequences(2)) === null)
  }

  test("what a column does not take is said, whatever it is") {
    val odd = examples("odd.tfrecord")
    val x = column("x", FLOAT, 0)
    assert(plain(x.of(odd(0))) === 1f)
    assert(mismatch(x, odd(1)) === "the feature 'x' holds 2 values, not one")
    assert(mismatch(x, odd(2)) === "the feature 'x' holds integers, not floats")
    assert(
      mismatch(column("text", TEXT, 0), odd(3)) === "the feature 'text' is not text in UTF-8"
    )
    assert(mismatch(x, odd(4)) === "the feature 'x' is a list of features, not one value")
    assert(
      mismatch(
        column("x", FLOAT, 2),
        odd(0)
      ) === "the feature 'x' is a feature, not a list of features"
    )
    assert(x.of(odd(5)) === null)
    assert(x.of(odd(6)) === null)
    assert(plain(column("many", FLOAT, 1).of(odd(6))) === Seq())
    assert(mismatch(x, odd(7)) === "the feature 'x' is both a feature and a list of features")
    val steps = examples("sequences.tfrecord").head
    assert(
      mismatch(
        column("steps", FLOAT, 1),
        steps
      ) === "the feature 'steps' holds 2 values at step 0," +
        " not one"
    )
    assert(
      mismatch(
        column("steps", INT64, 2),
        steps
      ) === "the feature 'steps' holds floats, not integers"
    )
  }
}
