package layertap.input.feed

import layertap.input.value.SequenceSettings
import layertap.graph.Dtype
import layertap.graph.TensorId
import layertap.graph.TensorShape
import layertap.input.value.SequenceSettings.{LENGTH_OF_MODEL, Padding, Side}
import layertap.failure.UserException
import layertap.model.feed.FeedPlaceholder
import layertap.model.select.FeedTarget
import layertap.testing.ImageConfig
import layertap.testing.Plans.{anyTensor, shape}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._
import scala.jdk.CollectionConverters._

/** What a feed can never take is found before a row is read. */
class FeedConversionTest extends AnyFunSuite {

  private def feed(sizes: TensorShape, dtype: DataType = DT_FLOAT): FeedPlaceholder =
    new FeedPlaceholder(new FeedTarget.Input("x"), new TensorId("x", 0), dtype, sizes)

  private def image(size: Int*): FeedConversion =
    ImageConfig.conversion(if (size.isEmpty) "" else size.mkString("size = [", ", ", "]"))

  private def sequence(maxLength: Int = LENGTH_OF_MODEL): FeedConversion =
    new FeedConversion.Sequence(new SequenceSettings(maxLength, Padding.POST, Side.POST, 0))

  private def tensor(sizes: Long*): FeedConversion = new FeedConversion.Tensor(shape(sizes: _*))

  private def constant(value: java.io.Serializable, feed: FeedPlaceholder): Any =
    new FeedConversion.Constant(value).tensor(feed).toProto

  private def unfit(value: java.io.Serializable, feed: FeedPlaceholder): String = {
    val message = intercept[UserException](constant(value, feed)).getMessage
    assert(message.startsWith("cannot feed the value "), message)
    message.stripPrefix("cannot feed the value ")
  }

  private def listed(values: java.io.Serializable*): java.io.Serializable =
    new java.util.ArrayList(values.asJava)

  test("a value for all rows is cast where nothing is lost") {
    def proto(value: java.io.Serializable, dtype: DataType, sizes: Long*) =
      new FeedConversion.Constant(value).tensor(feed(shape(sizes: _*), dtype)).toProto
    assert(proto(false, DT_BOOL).getBoolVal(0) === false)
    assert(proto(1, DT_FLOAT).getFloatVal(0) === 1f)
    assert(proto(0.1, DT_FLOAT).getFloatVal(0) === 0.1f)
    assert(proto(2.0, DT_INT32).getIntVal(0) === 2)
    assert(proto(5L, DT_INT64).getInt64Val(0) === 5L)
    assert(proto("eval", DT_STRING).getStringVal(0).toStringUtf8 === "eval")
    assert(proto(0.5, DT_HALF).getDtype === DT_FLOAT)
    val pair = proto(listed(2, 3), DT_INT32, 2)
    assert(pair.getIntValList.asScala === Seq(2, 3))
    assert(pair.getTensorShape.getDim(0).getSize === 2)
    val any = feed(TensorShape.unknown, DT_BOOL)
    assert(new FeedConversion.Constant(true).tensor(any).shape.isEmpty)
  }

  test("a value that the placeholder cannot hold, or that rows have of their own") {
    def of(dtype: DataType, sizes: Long*) = feed(shape(sizes: _*), dtype)
    assert(
      unfit(1, of(DT_BOOL)) ===
        "1 to input = x: it takes true or false; write one that it can hold"
    )
    assert(unfit(true, of(DT_FLOAT)).contains("it takes values of float32; "))
    assert(unfit("1", of(DT_FLOAT)).contains("it takes values of float32; "))
    assert(unfit(0.5, of(DT_INT32)).contains("0.5 is no whole number, as int32 wants; "))
    assert(unfit(1e39, of(DT_FLOAT)).contains("1.0E39 does not fit into float32; "))
    assert(unfit(300, of(DT_UINT8)).contains("300 does not fit into uint8; "))
    assert(unfit(listed(1, 2), of(DT_INT32, 3)).contains("does not fit (3); "))
    assert(
      unfit(1, of(DT_FLOAT, -1)) ===
        "1 to input = x: it takes float32 of shape (?), a value for each row; name the column that" +
        " holds them"
    )
    assert(unfit(1, of(DT_FLOAT, -1, 3)).contains("a value for each row"))
    assert(
      unfit(listed(1, 2), feed(TensorShape.unknown)).contains(
        "the graph does not say its shape, so it may take a value for each row; feed a single value"
      )
    )
  }

  private def refused(conversion: FeedConversion, feed: FeedPlaceholder): String =
    intercept[UserException](conversion.rowShape(feed)).getMessage

  test("images have the size of the model's input, or the one that is set") {
    assert(image().rowShape(feed(shape(-1, 96, 80, 3))) === shape(96, 80, 3))
    assert(image(20, 30).rowShape(feed(shape(-1, -1, -1, 3))) === shape(20, 30, 3))
    assert(image(20, 30).rowShape(feed(TensorShape.unknown)) === shape(20, 30, 3))
  }

  test("a model for images of any size wants one to be set") {
    assert(
      refused(image(), feed(shape(-1, -1, 96, 3))) ===
        "cannot feed images to input = x: the model takes images of any size;" +
        " set image { size = [height, width] }, or fit = none for each image's own size"
    )
  }

  test("images do not go into what takes no images") {
    assert(
      refused(image(), feed(shape(-1, 10, 100))) ===
        "cannot feed images to input = x: it takes float32 of shape (10, 100), not images" +
        " [height, width, 3] of numbers that hold 0 to 255; convert with tensor or sequence, or set" +
        " image { channels = … }"
    )
    assert(
      refused(image(), feed(shape(-1, 8, 8, 3), DT_INT8))
        .contains("it takes int8 of shape (8, 8, 3), not images")
    )
    assert(
      refused(image(), feed(shape(-1, 28, 28, 1)))
        .contains("it takes float32 of shape (28, 28, 1), not images [height, width, 3]")
    )
    assert(
      refused(image(20, 20), feed(shape(-1, 28, 28, 3))) ===
        "cannot feed input = x: a row would have the shape (20, 20, 3), the model takes (28, 28, 3);" +
        " leave size out of image { … }"
    )
  }

  test("a model that takes whole numbers takes pixels, and nothing made of them") {
    Seq(DT_UINT8, DT_INT16, DT_UINT16, DT_INT32, DT_UINT32, DT_INT64).foreach { dtype =>
      val bytes = feed(shape(-1, 8, 8, 3), dtype)
      assert(image().rowShape(bytes) === shape(8, 8, 3))
      Seq("preprocessing = mobilenet_v2", "scale = 0.5", "mean = 128", "std = 2").foreach { made =>
        assert(
          refused(ImageConfig.conversion(made), bytes) ===
            s"cannot feed preprocessed images to input = x: it takes ${Dtype.nameOf(dtype)} of" +
            " shape (8, 8, 3), and preprocessing, scale, mean and std make fractions of pixels;" +
            " leave them out"
        )
      }
    }
  }

  test("images have the size of the crop, the channels that are set, or any size") {
    val cropped = ImageConfig.conversion("size = [30, 40], center-crop = [20, 25]")
    assert(cropped.rowShape(feed(shape(-1, 20, 25, 3))) === shape(20, 25, 3))
    val grey = ImageConfig.conversion("channels = grayscale")
    assert(grey.rowShape(feed(shape(-1, 28, 28, 1))) === shape(28, 28, 1))
    val own = ImageConfig.conversion("fit = none")
    assert(own.rowShape(feed(shape(-1, -1, -1, 3))) === shape(-1, -1, 3))
    assert(
      refused(own, feed(shape(-1, 28, 28, 3))) ===
        "cannot feed images of any size to input = x: it takes float32 of shape (28, 28, 3);" +
        " set fit to stretch, crop or pad"
    )
  }

  test("sequences have the length of the model's input, or the one that is set") {
    assert(sequence().rowShape(feed(shape(-1, 10, 100))) === shape(10, 100))
    assert(sequence(7).rowShape(feed(shape(-1, -1, 100))) === shape(7, 100))
    assert(sequence(7).rowShape(feed(shape(-1, -1))) === shape(7))
  }

  test("sequences do not go into what has no time axis, or another length") {
    assert(
      refused(sequence(), feed(shape(-1))) ===
        "cannot feed sequences to input = x: it takes float32 of shape (), which has no time axis;" +
        " convert with tensor { shape = [...] }"
    )
    assert(
      refused(sequence(), feed(TensorShape.unknown))
        .contains("it takes float32 of shape (...), which has no time axis")
    )
    assert(
      refused(sequence(), feed(shape(-1, -1, 100))) ===
        "cannot feed sequences to input = x: the model takes sequences of any length;" +
        " set sequence { max-length = … }, or pad = none for each row's own length"
    )
    assert(
      refused(sequence(7), feed(shape(-1, 10, 100))) ===
        "cannot feed input = x: a row would have the shape (7, 100), the model takes (10, 100);" +
        " set sequence { max-length = 10 }"
    )
  }

  test("tensors have the shape of the feed, or the one that is set") {
    assert(anyTensor.rowShape(feed(shape(-1, 8, 8, 1))) === shape(8, 8, 1))
    assert(tensor(8, 8, 1).rowShape(feed(shape(-1, -1, -1, 1))) === shape(8, 8, 1))
    assert(tensor(-1, 8, 1).rowShape(feed(shape(-1, 8, 8, 1))) === shape(-1, 8, 1))
    assert(tensor(5).rowShape(feed(TensorShape.unknown)) === shape(5))
    assert(
      refused(tensor(64), feed(shape(-1, 8, 8, 1))) ===
        "cannot feed input = x: a row would have the shape (64), the model takes (8, 8, 1);" +
        " set tensor { shape = [...] } to it"
    )
    assert(
      refused(tensor(8, 9, 1), feed(shape(-1, 8, 8, 1)))
        .contains("(8, 9, 1), the model takes (8, 8, 1)")
    )
  }
}
