package layertap.graph

import layertap.graph.Graphs.shape
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.TensorShapeProto

class TensorShapeTest extends AnyFunSuite {
  Seq(
    shape(-1, 26, 26, 8) -> "(?, 26, 26, 8)",
    shape(3) -> "(3)",
    shape() -> "()",
    TensorShape.unknown -> "(...)"
  ).foreach { case (shape, text) =>
    test(s"$text as text and as TensorFlow's proto") {
      assert(shape.toString === text)
      assert(TensorShape.of(shape.toProto) === shape)
    }
  }

  test("any negative size is unknown") {
    assert(shape(-7, 2) === shape(-1, 2))
    assert(shape(-7, 2).unknownCount === 1)
  }

  test("a proto without axes is a scalar, one of unknown rank is not") {
    assert(TensorShape.of(TensorShapeProto.getDefaultInstance).isFullyKnown)
    assert(!TensorShape.of(TensorShapeProto.newBuilder.setUnknownRank(true).build).isRankKnown)
  }

  test("a row has all axes but the first") {
    assert(shape(-1, 2, 3).withoutBatch === shape(2, 3))
    assert(shape(-1).withoutBatch === shape())
    assert(TensorShape.unknown.withoutBatch === TensorShape.unknown)
  }

  test("a shape is fully known if rank and sizes are") {
    assert(shape(2, 0).isFullyKnown)
    assert(!shape(-1, 2).isFullyKnown)
    assert(!TensorShape.unknown.isFullyKnown)
  }

  test("the number of values, which must not overflow") {
    assert(shape(2, 3, 4).elementCount === 24)
    assert(shape().elementCount === 1)
    intercept[ArithmeticException](shape(Long.MaxValue, 2).elementCount)
  }
}
