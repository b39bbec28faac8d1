package layertap.spark.feed

import layertap.spark.schema.RowValues
import java.util.{List => JavaList}
import layertap.testing.SharedSpark
import layertap.testing.TempFolder
import org.apache.spark.sql.types.{ArrayType, DataType, StructType}
import org.apache.spark.sql.{Column, DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Packed arrays hold what Spark's rows hold. */
class PackedNumbersTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val kinds = Seq("float", "double", "int", "bigint")

  /** Empty, null, with nulls, with the ends of the range; flat and nested three deep. */
  private val flat =
    "array(array(1, null, -3), array(), null, array(null), array(0, 7), transform(sequence(1, 300), x -> x * 3))"
  private val nested =
    "array(array(array(1, 2), array(3)), array(null, array(null, 5), array()), array(), null)"

  private def pack(rows: DataFrame): Column =
    PackFunction.pack(rows.col("x"), rows.schema("x").dataType.asInstanceOf[ArrayType])

  private def assertSame(rows: DataFrame, depth: Int): Unit = {
    val field = rows.schema("x")
    assert(PackedNumbers.takes(field.dataType))
    val packed = rows.select(pack(rows), rows.col("x")).collect()
    assert(packed.nonEmpty)
    packed.foreach { row =>
      val expected = RowValues.toJava(row.get(1))
      if (row.isNullAt(0)) assert(expected === null)
      else {
        val found = PackedNumbers.unpack(row.getAs[Array[Byte]](0))
        assert(found === expected)
        assert(leaves(found) === leaves(expected))
      }
    }
    assert(depth === 1 || packed.exists(row => leaves(RowValues.toJava(row.get(1))).nonEmpty))
  }

  /** The numbers with their types. */
  private def leaves(value: Any): Seq[Any] = value match {
    case list: JavaList[_] => list.asScala.toSeq.flatMap(leaves)
    case null              => Seq(null)
    case number            => Seq(number -> number.getClass)
  }

  for (kind <- kinds; (shape, depth, values) <- Seq(("flat", 1, flat), ("nested", 3, nested)))
    test(s"$shape arrays of $kind, from expressions and from Parquet") {
      val arrays = if (depth == 1) s"array<array<$kind>>" else s"array<array<array<$kind>>>"
      val rows = spark.sql(s"SELECT explode(cast($values AS $arrays)) AS x")
      assertSame(rows, depth)
      TempFolder.use { folder =>
        val path = folder.resolve("in").toString
        rows.write.parquet(path)
        assertSame(spark.read.parquet(path), depth)
      }
    }

  test("sequences of vectors, some with a null in them, among others") {
    val rows = spark.sql(
      """SELECT explode(array(
        |transform(sequence(1, 40), step -> transform(sequence(1, 30), i -> float(step * i))),
        |transform(sequence(1, 40), step -> transform(sequence(1, 30), i -> if(i = step, null, float(i)))),
        |transform(sequence(1, 40), step -> if(step % 7 = 0, null, array(float(step)))),
        |transform(sequence(1, 40), step -> cast(array() AS array<float>)))) AS x""".stripMargin
    )
    assertSame(rows, 2)
  }

  test("NaN and the infinities stay what they are") {
    val rows = spark.sql("SELECT array(float('NaN'), float('-Infinity'), float('-0.0')) AS x")
    val bytes = rows.select(pack(rows)).collect().head
    val bits = PackedNumbers.unpack(bytes.getAs[Array[Byte]](0)).asScala.map { case value: Float =>
      java.lang.Float.floatToIntBits(value)
    }
    assert(bits === Seq(0x7fc00000, 0xff800000, 0x80000000))
  }

  test("what is no array of numbers is not packed") {
    Seq("string", "array<string>", "float", "binary", "array<struct<a: float>>", "array<boolean>")
      .foreach(name => assert(!PackedNumbers.takes(DataType.fromDDL(name)), name))
    assert(PackedNumbers.takes(StructType.fromDDL("x array<array<double>>")("x").dataType))
  }
}
