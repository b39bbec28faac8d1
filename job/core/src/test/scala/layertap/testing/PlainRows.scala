package layertap.testing

import layertap.extract.FeatureArray

/** Rows of plain Java from stored arrays, and the numbers of features. */
object PlainRows {

  /** The numbers of one row of a stored array, as arrays of arrays. */
  def nested(array: NumpyArray, row: Int): AnyRef = {
    val shape = array.shape.map(_.toInt)
    val slice = array.row(row).toArray
    val values: AnyRef = array.dtype match {
      case "<i4" => slice.map(_.toInt)
      case "<i8" => slice.map(_.toLong)
      case _     => slice.map(_.toFloat)
    }
    new FeatureArray("", "", shape.tail.toArray, values).nested
  }

  def doubles(array: FeatureArray): Array[Double] = doubles(array.values)

  def doubles(values: AnyRef): Array[Double] = values match {
    case floats: Array[Float]   => floats.map(_.toDouble)
    case doubles: Array[Double] => doubles
    case ints: Array[Int]       => ints.map(_.toDouble)
    case longs: Array[Long]     => longs.map(_.toDouble)
    case truths: Array[Boolean] => truths.map(if (_) 1.0 else 0.0)
  }

  /** All values, in a form that [[SameValues]] compares. */
  def flat(values: AnyRef): Seq[Any] = values match {
    case floats: Array[Float]   => floats.toSeq
    case doubles: Array[Double] => doubles.toSeq
    case ints: Array[Int]       => ints.toSeq
    case longs: Array[Long]     => longs.toSeq
  }
}
