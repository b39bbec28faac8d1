package layertap.testing

import java.nio.file.Path
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.ZipFile
import layertap.tensor.HalfFloats
import scala.jdk.CollectionConverters._
import scala.util.Random

/** An array of a NumPy file; values of all dtypes as doubles, row-major. */
final case class NumpyArray(dtype: String, shape: Seq[Long], values: Array[Double]) {
  def floats: Array[Float] = values.map(_.toFloat)

  /** The numbers of one row. */
  def row(position: Int): Seq[Double] = {
    val size = values.length / shape.head.toInt
    values.slice(position * size, (position + 1) * size).toSeq
  }

  /** A row like those that there are: one of them, scaled; of whole numbers, such as tokens, in
    * another order.
    */
  def like(number: Int): Seq[Double] = {
    val one = row(number % shape.head.toInt)
    if (one.forall(value => value == math.rint(value))) new Random(number).shuffle(one)
    else one.map(value => (value.toFloat * (1 + number / 2) / 4).toDouble)
  }
}

/** Reads the arrays of an `.npz` archive (NumPy format 1.0, C order, little-endian). */
object Npz {
  private val Descr = "'descr': '([^']*)'".r.unanchored
  private val Shape = "'shape': \\(([^)]*)\\)".r.unanchored

  def read(path: Path): Map[String, NumpyArray] = {
    val zip = new ZipFile(path.toFile)
    try {
      zip
        .entries()
        .asScala
        .map(entry =>
          entry.getName.stripSuffix(".npy") -> parse(zip.getInputStream(entry).readAllBytes())
        )
        .toMap
    } finally zip.close()
  }

  private def parse(bytes: Array[Byte]): NumpyArray = {
    val headerLength = (bytes(8) & 0xff) | ((bytes(9) & 0xff) << 8)
    val header = new String(bytes, 10, headerLength, "US-ASCII")
    val Descr(dtype) = header: @unchecked
    val Shape(sizes) = header: @unchecked
    val shape = sizes.split(",").toSeq.map(_.trim).filter(_.nonEmpty).map(_.toLong)
    val data = ByteBuffer
      .wrap(bytes, 10 + headerLength, bytes.length - 10 - headerLength)
      .order(ByteOrder.LITTLE_ENDIAN)
    val read: () => Double = dtype match {
      case "<f4"         => () => data.getFloat.toDouble
      case "<f8"         => () => data.getDouble
      case "<f2"         => () => HalfFloats.halfToFloat(data.getShort).toDouble
      case "<i4"         => () => data.getInt.toDouble
      case "<i8"         => () => data.getLong.toDouble
      case "|u1"         => () => (data.get & 0xff).toDouble
      case "|i1" | "|b1" => () => data.get.toDouble
    }
    NumpyArray(dtype, shape, Array.fill(shape.product.toInt)(read()))
  }
}
