package layertap.input.record

import java.nio.file.Files
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SequenceExample
import scala.jdk.CollectionConverters._

/** What is said of columns that a user names, beside records that TensorFlow wrote. */
class ExampleFitTest extends AnyFunSuite {
  private def examples(name: String): Seq[SequenceExample] = {
    val file = TestData.root.resolve("tfrecord").resolve(name)
    val reader = new TfRecordReader(Files.newInputStream(file))
    try reader.asScala.map(record => SequenceExample.parseFrom(record.data)).toList
    finally reader.close()
  }

  private def warnings(records: Seq[SequenceExample], columns: ExampleColumn*): Seq[String] = {
    val fit = new ExampleFit(columns.asJava)
    records.foreach(fit.add(_))
    fit.warnings.asScala.toSeq
  }

  private def column(name: String, kind: FeatureKind, depth: Int) =
    new ExampleColumn(name, kind, depth)

  private lazy val rows = examples("rows/rows.tfrecord")

  test("columns that fit, or fit some records, are passed over") {
    val fitting = Seq(
      column("id", FeatureKind.INT64, 0),
      column("name", FeatureKind.TEXT, 0),
      column("score", FeatureKind.FLOAT, 0),
      column("pixels", FeatureKind.FLOAT, 1),
      // One value in some records only.
      column("ids", FeatureKind.INT64, 0),
      column("tags", FeatureKind.BYTES, 1)
    )
    assert(warnings(rows, fitting: _*) === Nil)
    assert(warnings(Nil, column("x", FeatureKind.FLOAT, 0)) === Nil, "no record tells nothing")
  }

  test("a name that no record has") {
    assert(
      warnings(rows, column("pixel", FeatureKind.FLOAT, 1)) === Seq(
        "input.schema names 'pixel', but none of the first 12 records has such a feature; nearest:" +
          " pixels, id, ids, name, score"
      )
    )
    assert(warnings(rows, column("ID", FeatureKind.INT64, 0)).size === 1, "names differ by case")
  }

  test("a type that no record fits") {
    def type_(fact: String) = "input.schema gives 'pixels' a type that none of the first 12 records" +
      s" fits: the feature 'pixels' $fact; correct the type, or leave input.schema out to have types" +
      " inferred"
    assert(
      warnings(rows, column("pixels", FeatureKind.FLOAT, 0)) === Seq(
        type_("holds 4 values, not one")
      )
    )
    assert(
      warnings(rows, column("pixels", FeatureKind.INT64, 1)) === Seq(
        type_("holds floats, not integers")
      )
    )
    assert(
      warnings(rows, column("pixels", FeatureKind.FLOAT, 2)) === Seq(
        type_("is a feature, not a list of features")
      )
    )
  }

  test("steps, and one value that has none in any record") {
    val sequences = examples("sequences.tfrecord")
    assert(warnings(sequences, column("words", FeatureKind.TEXT, 1)) === Nil)
    assert(warnings(sequences, column("steps", FeatureKind.FLOAT, 0)).size === 1)
    // Present without a value: neither another type nor another name.
    assert(warnings(sequences.slice(2, 3), column("steps", FeatureKind.FLOAT, 2)) === Nil)
  }
}
