package layertap.testing

import layertap.tensor.HostTensor
import org.scalatest.Assertions
import scala.collection.mutable.ArrayBuffer

/** Compares features of the same rows that were computed in other batches: beside other neighbours,
  * in another partition, mode or run. Which rows there are, the types and sizes of their features,
  * nulls, texts and whole numbers must be equal; floating-point numbers may differ by
  * [[SameValues.tolerance]].
  */
object SameValues extends Assertions {

  /** The largest difference that is none, relative to the feature's largest value in all rows that
    * are compared.
    *
    * A kernel may add up a row's products in another order for another number of rows, and for
    * another position among them. Each order rounds otherwise, by half a unit in the last place
    * (6e-8) of each sum on the way, which makes 1e-7 to 5e-7 of the largest value in the models of
    * the tests. It is the largest value that counts, since a value that is small because large ones
    * cancel keeps their rounding; and the largest of all rows, since a feature of few numbers may
    * cancel altogether in one of them.
    *
    * Rows that got another's values, or whose neighbours had a part in them, differ by far more.
    */
  val tolerance = 1e-6

  /** The same for a model that multiplies matrices, or folds, so many times: in networks of more
    * than 50 layers, roundings of roundings make ten times as much (MobileNetV2: 2e-6).
    */
  def toleranceAfter(products: Int): Double = if (products > 50) 10 * tolerance else tolerance

  /** Fails unless the same keys have the same features. */
  def assertSame[K](found: Map[K, Seq[Any]], expected: Map[K, Seq[Any]], clue: Any = ""): Unit = {
    assert(found.keySet === expected.keySet, clue)
    val keys = expected.keys.toSeq
    assertSameRows(keys.map(found), keys.map(expected), clue)
  }

  /** Fails unless the rows, each a sequence of its features, are the same.
    *
    * @param tolerance
    *   zero where every bit shall be equal
    */
  def assertSameRows(
      found: Seq[Seq[Any]],
      expected: Seq[Seq[Any]],
      clue: Any = "",
      tolerance: Double = tolerance
  ): Unit = {
    assert(found.size === expected.size, clue)
    val rows = found.map(_.map(parts)).zip(expected.map(_.map(parts)))
    rows.zipWithIndex.foreach { case ((a, b), row) =>
      assert(a.map(_.exact) === b.map(_.exact), s"row $row; $clue")
    }
    expected.headOption.toSeq.flatMap(_.indices).foreach { feature =>
      val largest = rows.map { case (_, b) => b(feature).largest }.max
      rows.zipWithIndex.foreach { case ((a, b), row) =>
        val difference = a(feature).difference(b(feature))
        assert(
          difference <= tolerance * largest,
          s"feature $feature of row $row, with values of up to $largest; $clue"
        )
      }
    }
  }

  /** A value's floating-point numbers, and all that has to be equal. */
  private final case class Parts(exact: Seq[Any], numbers: Array[Double]) {
    def largest: Double = numbers.iterator.filter(_.isFinite).map(math.abs).maxOption.getOrElse(0.0)

    def difference(other: Parts): Double =
      numbers.indices.iterator
        .map(i => difference(numbers(i), other.numbers(i)))
        .maxOption
        .getOrElse(0.0)

    /** Also NaN for NaN, infinite for infinite. */
    private def difference(a: Double, b: Double): Double =
      if (a.compare(b) == 0) 0
      else if ((a - b).isNaN) Double.PositiveInfinity
      else math.abs(a - b)
  }

  private def parts(value: Any): Parts = {
    val exact = ArrayBuffer[Any]()
    val numbers = Array.newBuilder[Double]
    def add(part: Any): Unit = part match {
      case tensor: HostTensor =>
        exact += tensor.dtype += tensor.shape.toSeq
        numbers ++= Extraction.doubles(tensor)
      case values: scala.collection.Seq[_] =>
        exact += values.size
        values.foreach(add)
      case float: Float   => numbers += float.toDouble
      case double: Double => numbers += double
      case other          => exact += other
    }
    add(value)
    Parts(exact.toSeq, numbers.result())
  }
}
