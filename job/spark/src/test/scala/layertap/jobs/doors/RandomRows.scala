package layertap.jobs.doors

import layertap.testing.{SharedSpark, StoredAnswers}
import org.apache.spark.ml.linalg.{SQLDataTypes, Vectors}
import org.apache.spark.sql.types._
import org.apache.spark.sql.{DataFrame, Row}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Rows of the stored inputs of a model, in columns of random kinds: `id`, and one or two for each
  * input.
  */
class RandomRows(stored: StoredAnswers, draw: Random) {
  private def one[A](values: A*): A = values(draw.nextInt(values.size))

  private val inputs = stored.inputs.toSeq.sortBy(_._1)

  /** How many. */
  val count: Int = 5 + draw.nextInt(9)

  private val isSequence =
    inputs.size == 1 && inputs.head._2.shape.size == 3 && draw.nextInt(3) > 0
  private val pad = one("pre", "post")
  private val steps = inputs.head._2.shape.lift(1).fold(0)(_.toInt)

  /** Steps of each row, of which the last may be too many. */
  private val lengths = (0 until count).map(_ => draw.nextInt(steps + 3))

  /** Of some rows a place and what stands there, NaN or an infinity, where it is fed without doubt.
    */
  private val odd: Map[Int, (Int, Double)] = {
    val ids = (0 until count).filter(id => !isSequence || lengths(id) == steps)
    val drawn = if (draw.nextInt(3) > 0) Nil else ids.filter(_ => draw.nextInt(4) == 0)
    val values = Seq(Double.NaN, Double.PositiveInfinity, Double.NegativeInfinity)
    drawn.map(id => id -> (draw.nextInt(Int.MaxValue), one(values: _*))).toMap
  }
  private val isAnyOfFloats = inputs.exists(_._2.dtype.startsWith("<f"))

  /** Whether all numbers of the row are finite. */
  def isFinite(id: Int): Boolean = !odd.contains(id) || !isAnyOfFloats

  private case class Column(name: String, dtype: DataType, value: Int => Any)

  private case class Fed(setting: String, columns: Seq[Column])

  private val fed: Seq[Fed] = inputs.map { case (name, array) =>
    val shape = array.shape.tail.map(_.toInt)
    def all(id: Int): Seq[Double] = {
      val row = array.like(id)
      odd.get(id).filter(_ => array.dtype.startsWith("<f")).fold(row) { case (place, value) =>
        row.updated(place % row.size, value)
      }
    }
    def tensor(columns: Column*): Fed = {
      val names = columns.map(column => s""""${column.name}"""").mkString("columns = [", ", ", "]")
      Fed(s"""{ input = "$name", $names, tensor { shape = [${shape.mkString(", ")}] } }""", columns)
    }
    val kinds = Seq("floats", "doubles", "vectors") ++
      (if (shape.product % 2 == 0) Seq("halves") else Nil)
    (if (isSequence) "sequence" else one(kinds: _*)) match {
      case "sequence" =>
        val lists = ArrayType(ArrayType(FloatType))
        Fed(
          s"""{ input = "$name", column = steps, sequence { max-length = $steps, pad = $pad } }""",
          Seq(Column("steps", lists, id => listed(all(id), shape(1)).take(lengths(id))))
        )
      case "floats" =>
        tensor(Column(name, ArrayType(FloatType), id => all(id).map(_.toFloat)))
      case "doubles" => tensor(Column(name, ArrayType(DoubleType), all))
      case "vectors" => tensor(Column(name, SQLDataTypes.VectorType, id => vector(id, all(id))))
      case "halves"  =>
        val half = shape.product / 2
        tensor(
          Column(s"${name}_a", ArrayType(DoubleType), all(_).take(half)),
          Column(s"${name}_b", ArrayType(DoubleType), all(_).drop(half))
        )
    }
  }

  /** The feeds of a configuration. */
  def feeds: String = fed.map(_.setting).mkString("[", ", ", "]")

  /** Which steps of a tensor's are a row's own; none if all are. */
  def ownSteps(id: Int, shape: Seq[Int]): Option[Range] =
    Option.when(isSequence && shape.size == 2 && shape.head == steps) {
      val length = math.min(lengths(id), steps)
      if (pad == "pre") steps - length until steps else 0 until length
    }

  /** Those rows, of which some have nothing but an `id`. */
  def table(without: Set[Int] = Set()): DataFrame = {
    val columns = fed.flatMap(_.columns)
    val schema = StructType(
      StructField("id", IntegerType) +: columns.map(each => StructField(each.name, each.dtype))
    )
    val rows = (0 until count).map { id =>
      Row.fromSeq(id +: columns.map(column => if (without(id)) null else column.value(id)))
    }
    SharedSpark.session.createDataFrame(rows.asJava, schema)
  }

  /** The steps twice, so that there may be too many. */
  private def listed(row: Seq[Double], width: Int): Seq[Seq[Float]] = {
    val steps = row.map(_.toFloat).grouped(width).toSeq
    steps ++ steps
  }

  private def vector(id: Int, row: Seq[Double]) = {
    val dense = Vectors.dense(row.toArray)
    if (id % 2 == 0) dense.toSparse else dense
  }
}
