package layertap.tensor

import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._

class OrdinaryNumbersTest extends AnyFunSuite {
  private val others =
    Seq(Double.NaN, Double.PositiveInfinity, Double.NegativeInfinity, 1e30, -1e30, 3e9)
  private val ordinary = Seq(0.0, -0.0, 1e-40, -3.5, 1e8, -1e8, 2.6e8)

  private def floats(values: Seq[Double]) =
    HostTensor.of(Array(values.size.toLong), values.map(_.toFloat).toArray)

  private def doubles(values: Seq[Double]) =
    HostTensor.of(DataType.DT_DOUBLE, Array(values.size.toLong), values.toArray)

  test("a number that is not finite, or huge, is seen wherever it is") {
    for {
      size <- 1 to 19
      position <- 0 until size
      other <- others
      tensor <- Seq(floats _, doubles _)
    } {
      val values = Seq.tabulate(size)(i => ordinary(i % ordinary.size)).updated(position, other)
      assert(!OrdinaryNumbers.areAllIn(tensor(values)), (size, position, other))
    }
  }

  test("infinities of both signs do not make up for each other") {
    val both = Seq(Double.PositiveInfinity, Double.NegativeInfinity, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    both.permutations.foreach(values => assert(!OrdinaryNumbers.areAllIn(floats(values))))
  }

  test("large numbers beside others are ordinary, and integers and texts are") {
    (0 to 19).foreach { size =>
      val values = Seq.fill(size)(2.6e8)
      assert(OrdinaryNumbers.areAllIn(floats(values)), size)
      assert(OrdinaryNumbers.areAllIn(doubles(values.map(-_))), size)
    }
    val most = HostTensor.of(DataType.DT_INT64, Array(1L), Array(Long.MaxValue))
    assert(OrdinaryNumbers.areAllIn(most))
    val text = HostTensor.of(DataType.DT_STRING, Array(1L), Array("NaN".getBytes))
    assert(OrdinaryNumbers.areAllIn(text))
  }

  test("all rows are looked at where each has an array of its own") {
    val large = 20_000
    def stacked(rows: Seq[Double]*) = HostTensor.stack(rows.map(floats).asJava)
    val good = Seq.fill(large)(1.0)
    assert(stacked(good, good).parts.size === 2)
    assert(OrdinaryNumbers.areAllIn(stacked(good, good)))
    assert(!OrdinaryNumbers.areAllIn(stacked(good, good.updated(large - 1, Double.NaN))))
  }
}
