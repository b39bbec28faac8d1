package layertap.input.value

import layertap.failure.BadRowException
import layertap.input.value.SequenceSettings.{Padding, Side}
import layertap.testing.Plans.shape
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._
import scala.jdk.CollectionConverters._

class SequenceConverterTest extends AnyFunSuite {

  private def converter(
      sizes: Seq[Long],
      pad: Padding = Padding.POST,
      truncate: Side = Side.POST,
      value: Double = 0,
      dtype: DataType = DT_FLOAT
  ) = new SequenceConverter(dtype, shape(sizes: _*), new SequenceSettings(0, pad, truncate, value))

  private def list(values: Any*): java.util.List[Any] = values.asJava

  private def refused(sizes: Seq[Long], value: Any, dtype: DataType = DT_FLOAT): String =
    intercept[BadRowException](converter(sizes, dtype = dtype).convert(value)).getMessage

  /** As keras.utils.pad_sequences documents it: first truncated, then padded. */
  private def padded(
      steps: Seq[Int],
      length: Int,
      pad: Padding,
      truncate: Side,
      value: Int
  ): Seq[Int] = {
    val kept = if (truncate == Side.PRE) steps.takeRight(length) else steps.take(length)
    val added = Seq.fill(length - kept.size)(value)
    if (pad == Padding.PRE) added ++ kept else kept ++ added
  }

  for (pad <- Seq(Padding.PRE, Padding.POST); truncate <- Side.values) {
    test(s"a sequence is padded $pad and truncated $truncate as by pad_sequences") {
      for (length <- 1 to 4; count <- 0 to 6) {
        val steps = 1 to count
        val tensor = converter(Seq(length), pad, truncate, -7).convert(steps.asJava)
        val expected = padded(steps, length, pad, truncate, -7)
        assert(tensor.shape === Array(length.toLong))
        assert(tensor.values === expected.map(_.toFloat).toArray, s"$count steps to $length")
        Seq[Any](steps.toArray, steps.map(_.toFloat).toArray).foreach { array =>
          val numbers = converter(Seq(length), pad, truncate, -7).convert(new NumberList(array))
          assert(numbers.values === tensor.values, s"$count numbers to $length")
        }
      }
    }
  }

  test("a step may be an array, and padding fills all its numbers") {
    val steps = list(list(1, 2), list(3, 4), list(5, 6))
    val longer = converter(Seq(4, 2), pad = Padding.PRE, value = 9).convert(steps)
    assert(longer.shape === Array[Long](4, 2))
    assert(longer.values === Array(9f, 9f, 1f, 2f, 3f, 4f, 5f, 6f))
    val shorter = converter(Seq(2, 2), truncate = Side.PRE).convert(steps)
    assert(shorter.values === Array(3f, 4f, 5f, 6f))
  }

  test("numbers of an array are the same as those of a list") {
    val arrays = list(new NumberList(Array(1f, 2f)), new NumberList(Array(3.0, 4.0)))
    val steps = converter(Seq(3, 2), pad = Padding.PRE, value = 9).convert(arrays)
    assert(steps.values === Array(9f, 9f, 1f, 2f, 3f, 4f))
    assert(
      refused(Seq(3, 2), list(new NumberList(Array(1f)))) === "step 0 has 1 values, not 2"
    )
    assert(refused(Seq(3, 2), new NumberList(Array(1f, 2f))) === "step 0 has 1 values, not 2")
    assert(refused(Seq(2), new NumberList(Array(1e300))) === "1.0E300 does not fit into float32")
    assert(
      refused(Seq(2), new NumberList(Array(1.5)), DT_INT32) ===
        "1.5 is no whole number, as int32 wants"
    )
  }

  test("the size of a step may be that of the value") {
    val tensor = converter(Seq(3, -1)).convert(list(list(1, 2), list(3, 4)))
    assert(tensor.shape === Array[Long](3, 2))
    assert(tensor.values === Array(1f, 2f, 3f, 4f, 0f, 0f))
  }

  test("steps that are dropped are not looked at") {
    val steps = list(1, 2, null, "x")
    assert(converter(Seq(2)).convert(steps).values === Array(1f, 2f))
  }

  test("steps of a wrong size, nulls and values that do not fit are refused") {
    assert(refused(Seq(2), null) === "the sequence is null")
    assert(refused(Seq(2), 3) === "the sequence is no array")
    assert(refused(Seq(2), list(1, null)) === "step 1 is null")
    assert(refused(Seq(2, 2), list(list(1, 2), list(3))) === "step 1 has 1 values, not 2")
    assert(refused(Seq(2, 2), list(1, 2)) === "step 0 has 1 values, not 2")
    assert(refused(Seq(2, -1), list(list(1, 2), list(3))) === "step 1 has 1 values, not 2")
    assert(refused(Seq(2), list(1, "b")) === "'b' is no number")
    assert(refused(Seq(2), list(1, 2.5), DT_INT32) === "2.5 is no whole number, as int32 wants")
  }

  test("steps of another size take no memory for what they would be if all were as the first") {
    val first = new NumberList(new Array[Float](100000))
    val steps = (first +: Seq.fill(50000)(list(1f))).asJava
    val open = new SequenceConverter(
      DT_FLOAT,
      shape(-1, -1),
      new SequenceSettings(0, Padding.NONE, Side.POST, 0)
    )
    assert(
      intercept[BadRowException](open.convert(steps)).getMessage ===
        "step 1 has 1 values, not 100000"
    )
    assert(
      refused(Seq(50000, -1), list(first)) ===
        "50000 steps of 100000 values are more than an array holds"
    )
  }

  test("an open axis of a step is what its other sizes leave of it") {
    val steps = list((1 to 12).toList.asJava, (13 to 24).toList.asJava)
    val tensor = converter(Seq(2, -1, 3)).convert(steps)
    assert(tensor.shape === Array[Long](2, 4, 3))
    assert(tensor.values === (1 to 24).map(_.toFloat).toArray)
    assert(
      refused(Seq(2, -1, 5), steps) === "step 0 has 12 values, not a multiple of 5"
    )
    assert(
      refused(Seq(2, -1, -1), steps) === "step 0 has 12 values, and 2 axes of the model's steps" +
        " are open"
    )
  }
}
