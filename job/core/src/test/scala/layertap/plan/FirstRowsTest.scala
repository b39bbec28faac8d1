package layertap.plan

import java.nio.file.{Files, Path}
import java.util.{List => JavaList, Optional}
import layertap.config.JobConfigLoader
import layertap.extract.check.{FirstRowsCheck, LocalTrial}
import layertap.inference.TimeLimit
import layertap.input.feed.{FeedConversion, PlannedFeed}
import layertap.input.value.NamedFiles
import layertap.model.LoadedModel
import layertap.model.cut.ModelCutter
import layertap.model.saved.LocalModelFiles
import layertap.model.select.FeedTarget
import layertap.report.FirstRows
import layertap.tensorflow.{TensorFlowRuntime, TensorFlowSessions}
import layertap.testing.{ImageConfig, Npz, Plans, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What enters the first batch normalisations on rows, held against training. */
class FirstRowsTest extends AnyFunSuite {
  private val folder = TestData.root.resolve("preprocessing")

  private lazy val photos: Seq[Array[AnyRef]] =
    Using.resource(Files.list(folder.resolve("photos"))) { files =>
      files.iterator.asScala.toSeq.sorted.map(file => Array[AnyRef](Files.readAllBytes(file)))
    }

  private def look(
      path: Path,
      input: String,
      conversion: FeedConversion,
      rows: Seq[Array[AnyRef]]
  ): (PreprocessingPlan, FirstRows) = {
    val files = new LocalModelFiles(path)
    val model =
      LoadedModel.load(files, JavaList.of("serve"), "serving_default", Optional.empty)
    val target = new FeedTarget.Input(input)
    def fed(): ModelCutter = {
      val cutter = new ModelCutter(model)
      cutter.feed(target)
      cutter
    }
    val point = new ModelCutter(model).feed(target)
    val feed = PlannedFeed.of(point, JavaList.of("content"), conversion)
    val plan = PreprocessingPlan.of(
      model,
      JavaList.of(feed),
      0,
      Optional.of[PreprocessingPlan.Cutters](() => fed())
    )
    TensorFlowRuntime.start(1)
    val check = new FirstRowsCheck(
      plan.firstRows,
      new TensorFlowSessions,
      files,
      NamedFiles.NONE,
      TimeLimit.NONE
    )
    plan -> check.run(rows.asJava)
  }

  private val torchMean = Seq(0.485, 0.456, 0.406)
  private val torchStd = Seq(0.229, 0.224, 0.225)
  private val caffeMean = Seq(103.939, 116.779, 123.68)

  private def list(values: Seq[Double]): String = values.mkString("[", ", ", "]")

  /** What a mode does, done twice. */
  private val doubled = Map(
    "tf" -> s"scale = ${1 / 127.5 / 127.5}, mean = ${1 / 127.5 + 1}",
    "torch" -> (s"scale = ${1 / 255.0 / 255}, mean = " +
      list(torchMean.zip(torchStd).map { case (m, s) => m / 255 + m * s }) +
      s", std = ${list(torchStd.map(s => s * s))}"),
    "caffe" -> s"mean = ${list(caffeMean.zip(caffeMean.reverse).map { case (a, b) => a + b })}"
  )

  private val settings = Seq("tf", "torch", "caffe", "none").map(m => m -> s"preprocessing = $m") ++
    Seq("0 to 1" -> "scale = 0.003921569")

  private def outcome(model: String, image: String): String =
    told(look(folder.resolve(model), "photo", ImageConfig.conversion(image), photos)._2)

  private def told(found: FirstRows): String =
    found.warnings.asScala.toSeq match {
      case Seq()        => "not found"
      case Seq(warning) =>
        """with image \{ (.*) \} for""".r
          .findFirstMatchIn(warning)
          .fold("found")(suggested => s"found: ${suggested.group(1)}")
      case several => fail(several.mkString("\n"))
    }

  /** The page has the same table. */
  private def requireOnPage(row: String*): Unit = {
    val page = Files.readString(Path.of("docs/preprocessing.md"))
    val line = row.mkString("| ", " | ", " |")
    assert(page.linesIterator.contains(line), line)
  }

  Seq("tf", "torch", "caffe").foreach { way =>
    test(s"photos, trained with $way: which other ways of feeding them are found") {
      val fed = settings :+ ("twice" -> doubled(way))
      val rows = Seq("keras2", "keras3").map { version =>
        fed.map { case (_, image) => outcome(s"photos_${way}_$version", image) }
      }
      assert(rows.head === rows.last)
      assert(rows.head(fed.indexWhere(_._1 == way)) === "not found")
      requireOnPage(way +: rows.head: _*)
    }
  }

  Seq("digits_keras2", "digits_keras3").foreach { model =>
    test(s"$model: which ways of feeding the pixels are found") {
      val pixels = Npz.read(folder.resolve("digits.npz"))("pixels").floats.grouped(64).toSeq
      val conversion = new FeedConversion.Tensor(Plans.shape(8, 8, 1))
      def outcome(change: Float => Float): String = {
        val rows =
          pixels.map(row => Array[AnyRef](row.map(value => Float.box(change(value))).toList.asJava))
        told(look(TestData.model(model), "pixels", conversion, rows)._2)
      }
      requireOnPage(
        model,
        outcome(identity),
        outcome(_ * 16),
        outcome(_ / 16),
        outcome(_ * 2 - 1)
      )
    }
  }

  test("the warning says by how much the spread differs, and what to write") {
    val model = folder.resolve("photos_tf_keras3")
    val (_, found) = look(model, "photo", ImageConfig.conversion("preprocessing = none"), photos)
    val Warning = ("the preprocessing seems to be another one than in training: on the first 16" +
      " rows, the variance of what enters the batch normalisation bn1 is about (\\d+) times" +
      " larger than in training \\(in 8 of 8 channels by more than ten\\); with image \\{" +
      " preprocessing = tf \\} for input = photo the factor is (\\S+): write that, or look how the" +
      " model was trained").r
    found.warnings.get(0) match {
      // 127.5 times as large, so 16,256 times as spread.
      case Warning(factor, rest) =>
        assert(factor.toInt > 8000 && factor.toInt < 32000)
        assert(rest.toDouble > 0.5 && rest.toDouble < 2)
    }
  }

  test("without first rows nothing is looked for that they would be compared with") {
    val files = new LocalModelFiles(folder.resolve("photos_tf_keras3"))
    val config = JobConfigLoader.load(
      s"""layertap {
        model.path = "${files.location}"
        input { format = binaryFile, path = photos }
        feeds = [ { input = photo, column = content, image { preprocessing = caffe } } ]
        features = [ head ]
        output.path = features
      }""",
      "conf",
      JavaList.of()
    )
    def builder = new PlanBuilder(config, files, _ => fail("it names no files"))
    val trial = new LocalTrial(files, 1)
    val (read, unread) = (builder.build(trial), builder.withoutFirstRows().build(trial))
    assert(read.preprocessing.firstRows.hasStatistics)
    assert(!unread.preprocessing.firstRows.hasStatistics)
    assert(unread.preprocessing.lines === read.preprocessing.lines)
    assert(unread.preprocessing.warnings === read.preprocessing.warnings)
    assert(unread.plan === read.plan)
  }

  test("the range of what is fed") {
    val model = folder.resolve("photos_tf_keras3")
    val (_, found) = look(model, "photo", ImageConfig.conversion("preprocessing = tf"), photos)
    val range = found.range("input = photo").get
    assert(found.rows === 16 && found.ranges.size === 1)
    assert(range.low >= -1 && range.low < -0.8 && range.high <= 1 && range.high > 0.8)
    assert(range.mean > range.low && range.mean < range.high)
  }

  test("of rows that cannot be fed, of few, or of equal ones nothing is said") {
    val model = folder.resolve("photos_tf_keras3")
    val raw = ImageConfig.conversion("preprocessing = none")
    val broken = Array[AnyRef](Array[Byte](1, 2, 3))
    assert(look(model, "photo", raw, broken +: photos.take(3))._2.warnings.isEmpty)
    assert(look(model, "photo", raw, broken +: photos.take(3))._2.rows === 3)
    assert(look(model, "photo", raw, broken +: photos.take(8))._2.warnings.size === 1)
    assert(look(model, "photo", raw, Seq(broken))._2 === FirstRows.NONE)
  }

  test("a feed that scales what the model scales is warned of, with the line to write") {
    val model = folder.resolve("scaled_inputs_keras2")
    def warnings(input: String, image: String) =
      look(model, input, ImageConfig.conversion(image), Seq())._1.warnings.asScala.toSeq
    assert(
      warnings("rescaled", "preprocessing = tf") === Seq(
        "the feed of rescaled scales pixels, [0, 255] → [-1, 1], and the model scales them again," +
          " [0, 255] → [-1, 1]: its first layer Conv2D takes [-1.008, -0.9922]; unless it was" +
          " trained so, write image { preprocessing = none }"
      )
    )
    assert(warnings("rescaled", "preprocessing = none").isEmpty)
    assert(warnings("rescaled", "channels = bgr").isEmpty)
    assert(warnings("raw", "preprocessing = tf").isEmpty)
    assert(warnings("gathered", "preprocessing = tf").isEmpty)
  }

  test("a feed unlike what a known architecture was trained on is warned of") {
    def plan(image: String) =
      look(
        TestData.model("mobilenet_v2_keras3"),
        "keras_tensor",
        ImageConfig.conversion(image),
        Seq()
      )._1
    assert(
      plan("preprocessing = torch").warnings.asScala === Seq(
        "the feed of keras_tensor gives [-2.118, 2.249], [-2.036, 2.429], [-1.804, 2.64] for" +
          " pixels of [0, 255], and keras.applications' MobileNetV2, whose layers the model has," +
          " was trained on [-1, 1]; unless this model was trained otherwise, write image {" +
          " preprocessing = mobilenet_v2 }"
      )
    )
    assert(plan("preprocessing = mobilenet_v2").warnings.isEmpty)
    assert(plan("scale = 0.00784313725490196, mean = 1").warnings.isEmpty)
    assert(
      plan("preprocessing = tf").lines.asScala === Seq(
        "keras_tensor: no scaling seen: first layer Conv2D takes the pixels as fed",
        "its layers are those of keras.applications' MobileNetV2: image { preprocessing =" +
          " mobilenet_v2 }"
      )
    )
  }
}
