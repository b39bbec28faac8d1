package layertap.spark.featurizer

import layertap.failure.UserException
import layertap.spark.featurizer.Featurizers.{digits, numbers, of, rows}
import layertap.testing.SharedSpark
import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite

/** Structs in DataFrames: what is kept of them, and what is fed from them. */
class FeaturizedFieldsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def fedFrom(column: String) =
    of(
      "test-data/models/digits_keras3",
      s"""{ input = pixels, column = "$column", tensor { shape = [8, 8, 1] } }""",
      "[softmax]"
    )

  private def softmax(added: DataFrame) =
    numbers(added.orderBy("id").collect().toSeq, "softmax").toSeq

  private def refusal(work: => Any): String = intercept[UserException](work).getMessage

  test("a struct with fields of one name stays as it is") {
    val plain =
      rows(8).selectExpr("*", "named_struct('x', id, 'x', split, 'X', array(split)) AS twins")
    val added = digits().transform(plain)
    assert(added.drop("softmax").schema === plain.schema)
    assert(digits().transformSchema(plain.schema) === added.schema)
    def texts(of: DataFrame) =
      of.orderBy("id").selectExpr("cast(twins AS string)").collect().map(_.getString(0)).toSeq
    assert(texts(added) === texts(plain))
    assert(softmax(added) === softmax(digits().transform(rows(8))))
  }

  test("a feed reads a field, also one with a dot in its name, and none of two of one name") {
    val inside = rows(8).selectExpr(
      "id",
      "named_struct('p', pixels, 'p.q', pixels, 'x', id, 'x', id, 'X', id) AS s"
    )
    val expected = softmax(digits().transform(rows(8)))
    Seq("s.p", "S.P", "s.`p.q`").foreach { column =>
      assert(softmax(fedFrom(column).transform(inside)) === expected, column)
    }
    assert(
      refusal(fedFrom("s.x").transform(inside)) ===
        "cannot read the field 's.x' that feeds names: several fields have this name; rename or drop" +
        " all but one"
    )
    assert(
      refusal(fedFrom("s.pp").transform(inside)) ===
        "cannot read the column 's.pp' that feeds names: the input has no such column; nearest: s.p," +
        " s, s.X, s.`p.q`, s.x"
    )
    val deep = inside.selectExpr("id", "named_struct('in', s) AS out")
    assert(
      refusal(fedFrom("out.in.pp").transform(deep)).startsWith(
        "cannot read the column 'out.in.pp' that feeds names: the input has no such column; nearest:" +
          " out.in.p, "
      )
    )
    assert(
      refusal(fedFrom("*").transform(inside)).startsWith(
        "cannot read the column '*' that feeds names: the input has no such column; nearest: "
      )
    )
  }
}
