package layertap.config

import layertap.config.ConfigText._
import layertap.config.JobConfig.Feed
import layertap.graph.TensorShape
import layertap.input.SequenceSettings.Side
import layertap.input._
import layertap.model.select.Selector.ByName
import layertap.model.select.{FeedTarget, Selector}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class FeedParserTest extends AnyFunSuite {

  private def feed(text: String): Feed = {
    val feeds = loadWith(s"features = a\nfeeds = [ $text ]").feeds
    assert(feeds.size === 1)
    feeds.get(0)
  }

  private def conversion(text: String): FeedConversion =
    feed(s"{ input = x, column = c, $text }").conversion

  private def refused(text: String): String = {
    val message = problemWith(s"features = a\nfeeds = [ $text ]")
    val prefix = "cannot use the configuration: job.conf:6: "
    assert(message.startsWith(prefix), message)
    message.stripPrefix(prefix)
  }

  private def layer(path: String, call: Int = ByName.ANY, port: String = ""): Selector =
    new ByName(path, call, port, Selector.Side.OUTPUT)

  test("each kind of target") {
    def target(text: String) = feed(s"{ $text, column = c }").target
    assert(target("input = input_1") === new FeedTarget.Input("input_1"))
    assert(target("into = conv2") === new FeedTarget.Into(layer("conv2")))
    assert(target("into = \"add:1\"") === new FeedTarget.Into(layer("add", port = "1")))
    assert(target("output-of = \"proj@1\"") === new FeedTarget.OutputOf(layer("proj", call = 1)))
    assert(target("graph-tensor = \"x:0\"") === new FeedTarget.Tensor("x:0"))
  }

  test("one feed needs no list around it") {
    val config = loadWith("features = a\nfeeds = { input = x, column = c }")
    assert(config.feeds.asScala.map(_.column) === Seq("c"))
  }

  test("an image by its size, method and family") {
    assert(
      conversion("image { size = [20, 30], resize = area, preprocessing = resnet }") ===
        new FeedConversion.Image(
          List[Integer](20, 30).asJava,
          ResizeMethod.AREA,
          Preprocessing.CAFFE
        )
    )
    val plain =
      new FeedConversion.Image(
        List.empty[Integer].asJava,
        ResizeMethod.BILINEAR,
        Preprocessing.NONE
      )
    assert(conversion("image {}") === plain)
    Seq("nearest", "bicubic", "bilinear", "area").foreach { method =>
      val image = conversion(s"image { resize = $method }").asInstanceOf[FeedConversion.Image]
      assert(image.resize.name.toLowerCase === method)
    }
  }

  test("a sequence by its length, sides and padding") {
    assert(
      conversion("sequence { max-length = 100, pad = pre, truncate = pre, value = -1.5 }") ===
        new FeedConversion.Sequence(new SequenceSettings(100, Side.PRE, Side.PRE, -1.5))
    )
    val ofModel = new SequenceSettings(SequenceSettings.LENGTH_OF_MODEL, Side.POST, Side.POST, 0)
    assert(conversion("sequence {}") === new FeedConversion.Sequence(ofModel))
  }

  test("a tensor by its shape; without a conversion a feed is a tensor") {
    val shape = TensorShape.of(List[java.lang.Long](-1L, 28L).asJava)
    assert(conversion("tensor { shape = [-1, 28] }") === new FeedConversion.Tensor(shape))
    val scalar = TensorShape.of(List.empty[java.lang.Long].asJava)
    assert(conversion("tensor { shape = [] }") === new FeedConversion.Tensor(scalar))
    val open = new FeedConversion.Tensor(TensorShape.unknown)
    assert(conversion("tensor {}") === open)
    assert(feed("{ input = x, column = c }").conversion === open)
  }

  test("a feed needs its column and one target") {
    assert(refused("{ input = x }") === "feeds[0].column is missing")
    val wanted = "feeds[0].input wants exactly one of input, into, output-of or graph-tensor"
    assert(refused("{ column = c }") === wanted)
    assert(refused("{ input = x, into = y, column = c }") === wanted)
    assert(refused("input_1") === "feeds[0] is no object { input = …, column = … }")
    assert(
      refused("{ into = \"a:b:c\", column = c }").startsWith(
        "feeds[0].into: cannot read the selector"
      )
    )
  }

  test("a feed is converted in one way") {
    assert(
      refused("{ input = x, column = c, image {}, tensor {} }") ===
        "feeds[0].image wants at most one of image, sequence and tensor"
    )
  }

  test("what no conversion can do is refused") {
    def problem(text: String) = refused(s"{ input = x, column = c, $text }")
    assert(problem("image { size = 224 }") === "feeds[0].image.size is not [height, width]")
    assert(
      problem("image { size = [0, 2] }") ===
        "feeds[0].image.size holds '0', which is no number of pixels"
    )
    assert(
      problem("image { preprocessing = mobilenetv2 }")
        .startsWith(
          "feeds[0].image.preprocessing is 'mobilenetv2', no family of keras.applications; nearest: mobilenet"
        )
    )
    assert(
      problem(
        "image { resize = lanczos }"
      ) === "feeds[0].image.resize is 'lanczos', not one of bilinear, nearest, bicubic, area"
    )
    assert(
      problem(
        "sequence { max-length = 0 }"
      ) === "feeds[0].sequence.max-length is 0, not a whole number from 1 on"
    )
    assert(
      problem("sequence { pad = left }") === "feeds[0].sequence.pad is 'left', not one of pre, post"
    )
    assert(
      problem("sequence { value = x }") === "feeds[0].sequence.value is a string, not a number"
    )
    assert(
      problem(
        "tensor { shape = [a] }"
      ) === "feeds[0].tensor.shape holds 'a', which is no size (-1 for an open one)"
    )
    assert(
      problem(
        "tensor { shpe = [1] }"
      ) === "feeds[0].tensor.shpe is no key of layertap; the nearest is 'shape'"
    )
  }
}
