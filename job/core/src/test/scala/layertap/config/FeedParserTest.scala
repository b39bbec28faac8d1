package layertap.config

import layertap.config.ConfigText._
import layertap.config.JobConfig.Feed
import layertap.graph.TensorShape
import layertap.input.image.ImageOptions.{Channels, Fit}
import layertap.input.value.SequenceSettings.{Padding, Side}
import layertap.input.feed.FeedConversion
import layertap.input.image.ImageOptions
import layertap.input.image.PixelScaling
import layertap.input.image.Preprocessing
import layertap.input.image.ResizeMethod
import layertap.input.value.SequenceSettings
import layertap.model.select.Selector.ByName
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
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

  test("an empty name of a column is refused") {
    assert(refused("{ input = x, column = \"\" }") === "feeds[0].column is empty")
    assert(refused("{ input = x, columns = [a, \"\"] }") === "feeds[0].columns holds an empty name")
  }

  test("one feed needs no list around it") {
    val config = loadWith("features = a\nfeeds = { input = x, column = c }")
    assert(config.feeds.asScala.map(_.columns.asScala) === Seq(Seq("c")))
  }

  private def image(text: String): ImageOptions =
    conversion(s"image { $text }").asInstanceOf[FeedConversion.Image].options

  private val plain = new ImageOptions(
    List.empty[Integer].asJava,
    Fit.STRETCH,
    ResizeMethod.BILINEAR,
    false /* antialias */,
    List.empty[Integer].asJava,
    Channels.RGB,
    Preprocessing.NONE,
    PixelScaling.NONE,
    ImageOptions.DEFAULT_MAX_PIXELS,
    false /* turned */
  )

  test("an image by its size, method, family and all else") {
    assert(image("") === plain)
    val all = image(
      "size = [20, 30], fit = pad, resize = area, antialias = true, center-crop = [10, 9]," +
        " channels = bgr, scale = 2, mean = 1, std = [1, 2, 4], max-pixels = 7," +
        " orientation = exif"
    )
    def numbers(values: Double*) = values.map(Double.box).asJava
    assert(
      all === new ImageOptions(
        List[Integer](20, 30).asJava,
        Fit.PAD,
        ResizeMethod.AREA,
        true /* antialias */,
        List[Integer](10, 9).asJava,
        Channels.BGR,
        Preprocessing.NONE,
        new PixelScaling(2, numbers(1), numbers(1, 2, 4)),
        7,
        true /* turned */
      )
    )
    assert(image("preprocessing = resnet").preprocessing === Preprocessing.CAFFE)
    Seq("nearest", "bicubic", "bilinear", "area", "lanczos3", "lanczos5").foreach { method =>
      assert(image(s"resize = $method").resize.name.toLowerCase === method)
    }
    Seq("stretch", "crop", "pad", "none").foreach { fit =>
      assert(image(s"fit = $fit").fit.name.toLowerCase === fit)
    }
  }

  test("image options that exclude each other are refused") {
    def problem(text: String) =
      refused(s"{ input = x, column = c, image { $text } }").stripPrefix("feeds[0].image.")
    assert(
      problem("fit = none, size = [2, 2]") ===
        "size goes with fit = stretch, crop or pad; with none images keep their own"
    )
    assert(
      problem("center-crop = [2, 2]") ===
        "center-crop needs size = [height, width], to which images are resized first"
    )
    assert(
      problem("size = [2, 2], center-crop = [3, 2]") ===
        "center-crop is [3, 2], larger than size = [2, 2]"
    )
    assert(
      problem("channels = bgr, preprocessing = vgg16") ===
        "channels is not rgb, of which preprocessing = vgg16 makes its own"
    )
    assert(
      problem("scale = 2, preprocessing = vgg16") ===
        "preprocessing goes without scale, mean and std: it has its own"
    )
    assert(problem("mean = [1, 2]") === "mean has 2 numbers, neither one nor 3 channels'")
    assert(problem("mean = [a]") === "mean holds 'a', which is no number")
    assert(problem("std = 0") === "std must not be 0")
    assert(problem("max-pixels = 0") === "max-pixels is 0, not a whole number from 1 on")
  }

  test("a sequence by its length, sides and padding") {
    assert(
      conversion("sequence { max-length = 100, pad = pre, truncate = pre, value = -1.5 }") ===
        new FeedConversion.Sequence(new SequenceSettings(100, Padding.PRE, Side.PRE, -1.5))
    )
    val ofModel = new SequenceSettings(SequenceSettings.LENGTH_OF_MODEL, Padding.POST, Side.POST, 0)
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
    val wanted = "feeds[0].input needs exactly one of input, into, output-of or graph-tensor"
    assert(refused("{ column = c }") === wanted)
    assert(refused("{ input = x, into = y, column = c }") === wanted)
    assert(refused("input_1") === "feeds[0] is not an object { input = …, column = … }")
    assert(
      refused("{ into = \"a:b:c\", column = c }").startsWith(
        "feeds[0].into: cannot read the selector"
      )
    )
  }

  test("a value in place of a column") {
    def value(text: String) = {
      val parsed = feed(s"{ input = x, value = $text }")
      assert(parsed.columns.isEmpty)
      parsed.conversion.asInstanceOf[FeedConversion.Constant].value
    }
    assert(value("false") === false)
    assert(value("1.0") === 1)
    assert(value("0.5") === 0.5)
    assert(value("eval") === "eval")
    assert(value("[1, 2]") === List(1, 2).asJava)
    assert(
      refused("{ input = x, value = 1, column = c }") ===
        "feeds[0].value is one value for all rows; leave out column"
    )
    assert(
      refused("{ input = x, value = {} }") ===
        "feeds[0].value is neither true, false, a number or a text, nor a list of such"
    )
    assert(refused("{ input = x, value = [] }") === "feeds[0].value is empty")
  }

  test("a feed is converted in one way") {
    assert(
      refused("{ input = x, column = c, image {}, tensor {} }") ===
        "feeds[0].image takes at most one of image, sequence and tensor"
    )
  }

  test("what no conversion can do is refused") {
    def problem(text: String) = refused(s"{ input = x, column = c, $text }")
    assert(problem("image { size = 224 }") === "feeds[0].image.size is not [height, width]")
    assert(
      problem("image { size = [0, 2] }") ===
        "feeds[0].image.size holds '0', which is not a number of pixels"
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
      ) === "feeds[0].image.resize is 'lanczos', not one of bilinear, nearest, bicubic, area, lanczos3, lanczos5"
    )
    assert(
      problem(
        "sequence { max-length = 0 }"
      ) === "feeds[0].sequence.max-length is 0, not a whole number from 1 on"
    )
    assert(
      problem(
        "sequence { pad = left }"
      ) === "feeds[0].sequence.pad is 'left', not one of pre, post, none"
    )
    assert(
      problem("sequence { value = x }") === "feeds[0].sequence.value is 'x', not a number"
    )
    assert(
      problem(
        "tensor { shape = [a] }"
      ) === "feeds[0].tensor.shape holds 'a', which is not a size (-1 for an unknown one)"
    )
    assert(
      problem(
        "tensor { shpe = [1] }"
      ) === "feeds[0].tensor.shpe is no key of layertap; the nearest is 'shape'"
    )
  }
}
