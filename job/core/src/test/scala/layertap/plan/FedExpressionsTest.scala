package layertap.plan

import java.util.{List => JavaList, TreeMap}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class FedExpressionsTest extends AnyFunSuite {

  private def used(select: (String, String)*)(columns: String*): Seq[String] =
    FedExpressions.of(new TreeMap(select.toMap.asJava), columns.asJava).keySet.asScala.toSeq

  test("a fed column's own expression counts, others do not") {
    assert(
      used("label" -> "upper(x)", "pixels" -> "transform(raw, v -> v / 16)")("pixels") === Seq(
        "pixels"
      )
    )
    assert(used("label" -> "upper(x)")("pixels") === Seq())
    val found = FedExpressions.of(new TreeMap(Map("a" -> "b + 1").asJava), JavaList.of("a"))
    assert(found.asScala === Map("a" -> "b + 1"))
  }

  test("so do expressions of columns that it is made of, but not those that come later") {
    val select = Seq("a" -> "x * 2", "b" -> "a + 1", "c" -> "b", "d" -> "a")
    assert(used(select: _*)("c") === Seq("a", "b", "c"))
    assert(used(select: _*)("d") === Seq("a", "d"))
    // Spark adds the columns in this order, so that `b` in `a` is the input's own.
    assert(used("a" -> "b + 1", "b" -> "x")("a") === Seq("a"))
  }

  test("a column that replaces one of the input is made of the input's, not of itself") {
    assert(used("pixels" -> "reverse(pixels)")("pixels") === Seq("pixels"))
  }

  test("names are found as Spark finds them: whatever their case, quoted, in a struct, by a star") {
    assert(used("Image" -> "f(x)")("image.data") === Seq("Image"))
    assert(used("a b" -> "x", "c" -> "`a b` + 1")("c") === Seq("a b", "c"))
    assert(used("a.b" -> "x", "c" -> "`a.b` + 1")("c") === Seq("a.b", "c"))
    assert(used("a`b" -> "x", "c" -> "`a``b`")("c") === Seq("a`b", "c"))
    assert(used("größe" -> "x", "z" -> "GRÖSSE + Größe")("z") === Seq("größe", "z"))
    assert(used("a" -> "x", "b" -> "y", "c" -> "to_json(struct(*))")("c") === Seq("a", "b", "c"))
    assert(used("a" -> "x", "b" -> "y", "c" -> "y * 2")("c") === Seq("c"))
  }

  test("a function, or a part of a longer name, is no column") {
    assert(used("length" -> "x", "v" -> "slice(a, 1, length (a))")("v") === Seq("v"))
    assert(used("a" -> "x", "v" -> "aa + a_ + ba")("v") === Seq("v"))
  }

  test("where a text could hide a name, it counts") {
    assert(used("a" -> "x", "v" -> "concat(r'\\', a, '`')")("v") === Seq("a", "v"))
    assert(used("a" -> "x", "v" -> "concat(b, \"a\")")("v") === Seq("a", "v"))
  }
}
