package layertap.config

import layertap.config.JobConfig._
import layertap.config.RunSettings.Optimization
import layertap.graph.precision.WantedPrecision
import layertap.failure.ConfigProblemException
import layertap.graph.TensorShape
import layertap.input.feed.FeedConversion
import layertap.input.image.{ImageOptions, Preprocessing, ResizeMethod}
import layertap.input.image.ImageOptions.{Channels, Fit}
import layertap.input.value.SequenceSettings
import layertap.input.value.SequenceSettings.{Padding, Side}
import layertap.model.feature.FeatureOptions
import layertap.model.feature.FeatureOptions.{Layout, Normalization, Pool, Store}
import layertap.model.gradient.{GradientForm, GradientOptions, ScoreClass}
import layertap.model.select.BatchAxis
import layertap.model.select.{FeedTarget, Selector}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Every key that reference.conf names: its default, another value, and where both are found. */
class ReferenceKeysTest extends AnyFunSuite {

  /** The keys without which no configuration is complete. */
  private val required =
    Seq("model.path" -> "m", "input.path" -> "i", "output.path" -> "o", "features" -> "f")

  /** A key with its default, and with another value.
    *
    * @param without
    *   required keys that are left out beside the other value
    */
  private case class Key(
      name: String,
      byDefault: Any,
      other: String,
      byOther: Any,
      without: String*
  )(val read: JobConfig => Any)

  private def outcome(key: Key, lines: Seq[(String, String)]): Any = {
    val text =
      lines.map { case (name, value) => s"$name = $value" }.mkString("layertap {\n", "\n", "\n}")
    try key.read(ConfigText.load(text))
    catch {
      case e: ConfigProblemException => e.getMessage.stripPrefix("cannot use the configuration: ")
    }
  }

  private def names(list: java.util.List[String]) = list.asScala.toSeq

  private val keys = Seq(
    Key("model.path", "job.conf: model.path is missing", "x", "x", "model.path")(_.model.path),
    Key("model.tags", Seq("serve"), "[a, b]", Seq("a", "b"))(c => names(c.model.tags)),
    Key("model.signature", "serving_default", "x", "x")(_.model.signature),
    Key("model.topology", "", "x.json", "x.json")(_.model.topology),
    Key("input.format", "image-files", "parquet", "parquet")(_.input.format),
    Key(
      "input.path",
      "job.conf: input.path needs exactly one of path and table",
      "[a, b]",
      Seq("a", "b"),
      "input.path"
    )(c => names(c.input.paths)),
    Key("input.table", "", "t", "t", "input.path")(_.input.table),
    Key("input.schema", "", "\"a int\"", "a int")(_.input.schema),
    Key("input.options", Map.empty, "{ a = 1 }", Map("a" -> "1"))(_.input.options.asScala.toMap),
    Key("input.select", Map.empty, "{ a = \"b + 1\" }", Map("a" -> "b + 1"))(
      _.input.select.asScala.toMap
    ),
    Key("input.where", "", "\"a > 1\"", "a > 1")(_.input.where),
    Key("input.keep", Seq(), "[a, b]", Seq("a", "b"))(c => names(c.input.keep)),
    Key("feeds", 0, "[{ input = x, column = c }]", 1)(_.feeds.size),
    Key(
      "features",
      "job.conf: features is empty; name at least one layer",
      "[a, b]",
      2,
      "features"
    )(_.features.size),
    Key("rows.on-invalid", OnInvalid.ERROR, "skip", OnInvalid.SKIP)(_.rows.onInvalid),
    Key("rows.max-invalid", 1.0, "0.25", 0.25)(_.rows.maxInvalid),
    Key("rows.min", Rows.NO_MIN, "0", 0)(_.rows.min),
    Key("rows.non-finite", NonFinite.ALLOW, "refuse", NonFinite.REFUSE)(_.rows.nonFinite),
    Key("run.batch-size", RunSettings.AUTO_BATCH_SIZE, "3", 3)(_.run.batchSize),
    Key("run.batch-seconds", 600, "0", 0)(_.run.batchSeconds),
    Key("run.optimize", Optimization.AUTO, "exact", Optimization.EXACT)(_.run.optimize),
    Key("run.precision", WantedPrecision.FLOAT32, "bfloat16", WantedPrecision.BFLOAT16)(
      _.run.precision
    ),
    Key("run.self-check", true, "false", false)(_.run.selfCheck),
    Key("run.trial-seconds", 300, "0", 0)(_.run.trialSeconds),
    Key("run.remember-trial", true, "false", false)(_.run.rememberTrial),
    Key("run.model-cache-megabytes", 8192, "0", 0)(_.run.modelCacheMegabytes),
    Key("run.progress-seconds", 10, "0", 0)(_.run.progressSeconds),
    Key("run.first-rows", 16, "0", 0)(_.run.firstRows),
    Key(
      "output.path",
      "job.conf: output.path needs exactly one of path and table",
      "x",
      "x",
      "output.path"
    )(_.output.path),
    Key("output.table", "", "t", "t", "output.path")(_.output.table),
    Key("output.mode", Mode.ERROR, "append", Mode.APPEND)(_.output.mode),
    Key("output.replace-foreign", false, "true", true)(_.output.replaceForeign),
    Key("output.key", Seq(), "[a, b]", Seq("a", "b"))(c => names(c.output.key)),
    Key("output.compression", Compression.ZSTD, "lz4", Compression.LZ4)(_.output.compression),
    Key("output.partition-by", Seq(), "[a, b]", Seq("a", "b"))(c => names(c.output.partitionBy)),
    Key("output.run-id", "", "x", "x")(_.output.runId),
    Key("output.chunk-rows", 100000, "7", 7)(_.output.chunkRows),
    Key("output.lease-seconds", 120, "30", 30)(_.output.leaseSeconds)
  )

  keys.foreach { key =>
    test(s"${key.name}: its default and another value") {
      assert(outcome(key, required.filterNot(_._1 == key.name)) === key.byDefault)
      val rest = required.filterNot { case (name, _) => key.without.contains(name) }
      assert(outcome(key, rest :+ (key.name -> key.other)) === key.byOther)
      assert(key.byDefault !== key.byOther)
    }
  }

  /** A key inside of a feed or a feature, which reference.conf describes in a comment.
    *
    * @param documented
    *   the default there; empty where the model decides
    */
  private case class Inner(part: String, name: String, documented: String, other: String)(
      val byOther: Any
  )(val read: JobConfig => Any)

  private def image(config: JobConfig): ImageOptions =
    config.feeds.get(0).conversion.asInstanceOf[FeedConversion.Image].options

  private def sequence(config: JobConfig): SequenceSettings =
    config.feeds.get(0).conversion.asInstanceOf[FeedConversion.Sequence].settings

  private def form(config: JobConfig): FeatureOptions = config.features.get(0).form

  private def gradient(config: JobConfig): GradientOptions = config.features.get(0).gradient

  private def target(config: JobConfig): FeedTarget = config.feeds.get(0).target

  private def selector(config: JobConfig): String = config.features.get(0).selector.text

  private val layer = new Selector.ByName("l", Selector.ByName.ANY, "", Selector.Side.OUTPUT)
  private val numbers = Seq(1.0, 2.0, 3.0).map(Double.box).asJava

  private val innerKeys = Seq(
    Inner("target", "input", "", "y")(new FeedTarget.Input("y"))(target),
    Inner("target", "into", "", "l")(new FeedTarget.Into(layer))(target),
    Inner("target", "output-of", "", "l")(new FeedTarget.OutputOf(layer))(target),
    Inner("target", "graph-tensor", "", "t")(new FeedTarget.Tensor("t"))(target),
    Inner("image", "holds", "images", "paths")(FeedConversion.Holds.PATHS)(
      _.feeds.get(0).conversion.asInstanceOf[FeedConversion.Image].holds
    ),
    Inner("image", "size", "", "[4, 5]")(List[Integer](4, 5).asJava)(image(_).size),
    Inner("image", "fit", "stretch", "crop")(Fit.CROP)(image(_).fit),
    Inner("image", "resize", "bilinear", "area")(ResizeMethod.AREA)(image(_).resize),
    Inner("image", "antialias", "false", "true")(true)(image(_).antialias),
    Inner("image", "center-crop", "", "[1, 2], size = [4, 5]")(List[Integer](1, 2).asJava)(
      image(_).centerCrop
    ),
    Inner("image", "channels", "rgb", "bgr")(Channels.BGR)(image(_).channels),
    Inner("image", "preprocessing", "none", "torch")(Preprocessing.TORCH)(image(_).preprocessing),
    Inner("image", "scale", "1", "2")(2.0)(image(_).scaling.scale),
    Inner("image", "mean", "", "[1, 2, 3]")(numbers)(image(_).scaling.mean),
    Inner("image", "std", "", "[1, 2, 3]")(numbers)(image(_).scaling.deviation),
    Inner("image", "orientation", "ignore", "exif")(true)(image(_).isTurned),
    Inner("image", "max-pixels", "100000000", "9")(9L)(image(_).maxPixels),
    Inner("sequence", "max-length", "", "6")(6)(sequence(_).maxLength),
    Inner("sequence", "pad", "post", "pre")(Padding.PRE)(sequence(_).pad),
    Inner("sequence", "truncate", "post", "pre")(Side.PRE)(sequence(_).truncate),
    Inner("sequence", "value", "0", "2")(2.0)(sequence(_).value),
    Inner("tensor", "shape", "", "[2, -1]")(TensorShape.of(List[java.lang.Long](2L, -1L).asJava))(
      _.feeds.get(0).conversion.asInstanceOf[FeedConversion.Tensor].shape
    ),
    Inner("selector", "layer", "", "l")("l")(selector),
    Inner("selector", "index", "", "3")("3")(selector),
    Inner("selector", "graph-tensor", "", "t")("t")(selector),
    Inner("feature", "at", "output", "input")(Selector.Side.INPUT)(
      _.features.get(0).selector.asInstanceOf[Selector.ByName].side
    ),
    Inner("feature", "output", "", "hidden")("hidden")(
      _.features.get(0).selector.asInstanceOf[Selector.ByName].port
    ),
    Inner("feature", "column", "", "x")("x")(_.features.get(0).column),
    Inner("feature", "pool", "none", "max")(Pool.MAX)(form(_).pool),
    Inner("feature", "normalize", "none", "l2")(Normalization.L2)(form(_).normalization),
    Inner("feature", "as", "array", "nested")(Layout.NESTED)(form(_).layout),
    Inner("feature", "store", "native", "float16")(Store.FLOAT16)(form(_).store),
    Inner("feature", "batch-axis", "", "1")(new BatchAxis(1))(_.features.get(0).batchAxis),
    Inner("gradient", "of", "", "l")("l")(gradient(_).of.text),
    Inner("gradient", "class", "", "top")(new ScoreClass.Top)(gradient(_).scoreClass),
    Inner("gradient", "wrt", "", "[l, m]")(Seq("l", "m"))(
      gradient(_).wrt.asScala.map(_.text).toSeq
    ),
    Inner("gradient", "method", "plain", "times-input")(new GradientForm.TimesInput)(
      gradient(_).form
    ),
    Inner("integrated", "steps", "32", "8")(new GradientForm.Integrated(8, 0))(gradient(_).form),
    Inner("integrated", "baseline", "0", "0.5")(new GradientForm.Integrated(32, 0.5))(
      gradient(_).form
    ),
    Inner("grad-cam", "size", "", "[4, 5]")(
      new GradientForm.GradCam(List[Integer](4, 5).asJava)
    )(gradient(_).form)
  )

  private val scores = "of = o, class = 1, wrt = w"

  private def derived(setting: String) = s"features = [{ $setting, column = c }]"

  private def loadInner(part: String, setting: String): JobConfig =
    ConfigText.loadWith(part match {
      case "target"     => s"features = f, feeds = [{ $setting, column = c }]"
      case "selector"   => s"features = [{ $setting }]"
      case "feature"    => s"features = [{ layer = l, $setting }]"
      case "gradient"   => derived(s"gradient { $scores, $setting }")
      case "integrated" => derived(s"gradient { $scores, method = integrated, $setting }")
      case "grad-cam"   => derived(s"grad-cam { $scores, $setting }")
      case _            => s"features = f, feeds = [{ input = x, column = c, $part { $setting } }]"
    })

  innerKeys.foreach { key =>
    test(s"${key.name} of a ${key.part}: its default and another value") {
      val other = key.read(loadInner(key.part, s"${key.name} = ${key.other}"))
      assert(other === key.byOther)
      if (key.part != "target" && key.part != "selector") {
        val byDefault = key.read(loadInner(key.part, ""))
        assert(byDefault !== key.byOther)
        if (key.documented.nonEmpty) {
          assert(key.read(loadInner(key.part, s"${key.name} = ${key.documented}")) === byDefault)
          assert(ReferenceText.described.contains(key.name -> key.documented))
        }
      }
    }
  }

  test("each key of reference.conf is in the table") {
    assert(keys.map(_.name).sorted === ReferenceText.keys.sorted)
  }

  test("each key in a comment of reference.conf is in the table") {
    assert(ReferenceText.described.map(_._1).toSet -- innerKeys.map(_.name) === Set.empty)
    assert(innerKeys.map(_.name).toSet -- ReferenceText.described.map(_._1) === Set("index"))
  }
}
