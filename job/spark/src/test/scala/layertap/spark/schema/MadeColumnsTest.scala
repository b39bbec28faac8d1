package layertap.spark.schema

import layertap.failure.UserException
import layertap.testing.SharedSpark
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class MadeColumnsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def made(wanted: (String, String)*) =
    MadeColumns.add(spark.range(3).selectExpr("id", "id * 10 AS b"), wanted.toMap.asJava)

  private def values(column: String, wanted: (String, String)*): Seq[Any] =
    made(wanted: _*).select(column).collect().map(_.get(0)).toSeq

  private def refused(wanted: (String, String)*): String =
    intercept[UserException](made(wanted: _*)).getMessage

  test("each column is made after those that it is made from, in whatever order they are named") {
    val wanted = Seq("x" -> "y + z", "y" -> "2 * Z", "z" -> "b + 1")
    wanted.permutations.foreach { order =>
      assert(values("x", order: _*) === Seq(3L, 33L, 63L))
    }
  }

  test("a column may be made anew from itself") {
    assert(values("b", "b" -> "b + 1") === Seq(1L, 11L, 21L))
  }

  test("a name that could mean the input's column or the new one is refused") {
    assert(
      refused("old" -> "b", "b" -> "b + 1") === "cannot make the column 'old': its expression" +
        " names 'b', which is in the input, and which input.select makes anew; give the new 'b'" +
        " another name"
    )
  }

  test("columns that are made from each other are refused") {
    assert(
      refused("x" -> "y", "y" -> "x").matches(
        "cannot make the column '([xy])': it and '(?!\\1)[xy]' are made from each other; let" +
          " input.select make one of them from columns of the input alone"
      )
    )
  }

  test("parameters of functions are no columns, other names in their bodies are") {
    val array = "sum" -> "transform(array(id), x -> x + y)[0]"
    assert(values("sum", array, "x" -> "sum + 1", "y" -> "b * 2") === Seq(0L, 21L, 42L))
  }
}
