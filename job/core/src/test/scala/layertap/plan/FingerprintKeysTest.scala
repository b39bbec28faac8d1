package layertap.plan

import java.nio.file.Path
import layertap.config.ReferenceText
import org.scalatest.funsuite.AnyFunSuite

/** Says for every key of reference.conf whether its value is in the plan's fingerprint. What
  * changes a feature's value must be: a run appends to an output of the same fingerprint.
  */
class FingerprintKeysTest extends AnyFunSuite {
  private val rest = "input { format = parquet, path = i }\noutput.path = o"
  private def model(name: String) = s"model.path = test-data/models/$name\n$rest"

  private def feed(settings: String) = s"feeds = [{ $settings }]"
  private def feature(settings: String) = s"features = [{ $settings }]"

  private val digits = s"""${model("digits_keras3")}
                          |${feed("input = pixels, column = pixels, tensor { shape = [8, 8, 1] }")}
                          |features = [conv2]""".stripMargin

  private def inner(settings: String) =
    digits + "\n" + feed(if (settings.contains("column")) settings else s"$settings, column = c")

  private def tap(settings: String) = digits + "\n" + feature(settings)

  private def gradient(settings: String) =
    tap(s"gradient { of = dense, class = top, wrt = conv2, $settings }, column = g")

  private val integrated = "method = integrated"

  private def map(settings: String) =
    tap(s"grad-cam { of = dense, class = top, wrt = conv2, $settings }, column = g")

  private def image(settings: String) =
    s"""${model("any_size_keras3")}
       |${feed(s"input = image, column = c, image { $settings }")}
       |features = [conv]""".stripMargin

  private def branch(settings: String) =
    branches("branches_keras3.topology.json") + "\n" + feature(settings)

  private def sequence(settings: String) =
    s"""${model("recurrent_keras3")}
       |${feed(s"input = events, column = c, sequence { $settings }")}
       |features = [lstm]""".stripMargin

  private val resume = "output { mode = resume, key = id }"
  private val isIn = true
  private val isOut = false

  /** A key with two configurations that differ in its value alone. */
  private case class Key(name: String, isIn: Boolean, one: String, other: String)

  /** Two values of a key beside `digits`. */
  private def key(name: String, isIn: Boolean, one: String, other: String): Key =
    Key(name, isIn, s"$digits\n$name = $one", s"$digits\n$name = $other")

  /** What a part of a feed or a feature says of a key, without it and with it. */
  private def key(name: String, text: String => String, one: String, other: String): Key =
    Key(name, isIn, text(one), text(other))

  private val keys = Seq(
    // The model's files count, not where they lie.
    key("model.path", isOut, "test-data/models/digits_keras3", absolute("digits_keras3")),
    key("model.tags", isIn, "[serve]", "[serve, gpu]"),
    key("model.signature", isIn, "serving_default", "other"),
    // It names layers; the tensors that it leads to count.
    Key("model.topology", isOut, branches(""), branches("branches_keras3.topology.json")),
    // These say which rows are read; their values are the rows' own.
    key("input.format", isOut, "parquet", "orc"),
    key("input.path", isOut, "a", "b"),
    Key("input.table", isOut, digits, s"$digits\ninput { path = null, table = t }"),
    key("input.schema", isOut, "null", "\"pixels array<float>\""),
    key("input.options", isOut, "{}", "{ mergeSchema = true }"),
    key("input.select", isIn, "{ pixels = \"a\" }", "{ pixels = \"b\" }"),
    key("input.where", isOut, "null", "\"a > 1\""),
    key("input.keep", isOut, "[]", "[id]"),
    key("feeds", isIn, s"[${digitsFeed("pixels")}]", s"[${digitsFeed("other")}]"),
    key("features", isIn, "[conv2]", "[bn1]"),
    // A row is written, or left out, or without features; what features it has is the same.
    key("rows.on-invalid", isOut, "error", "skip"),
    key("rows.max-invalid", isOut, "1.0", "0.5"),
    key("rows.min", isOut, "1", "2"),
    // With keep, a row has null where it had NaN.
    key("rows.non-finite", isIn, "allow", "refuse"),
    // Equal within the kernels' tolerance.
    key("run.batch-size", isOut, "8", "auto"),
    key("run.batch-seconds", isOut, "600", "0"),
    key("run.optimize", isIn, "fast", "exact"),
    key("run.precision", isIn, "float32", "forced-bfloat16"),
    key("run.self-check", isOut, "true", "false"),
    key("run.trial-seconds", isOut, "300", "0"),
    key("run.remember-trial", isOut, "true", "false"),
    key("run.model-cache-megabytes", isOut, "8192", "0"),
    key("run.progress-seconds", isOut, "10", "0"),
    key("run.first-rows", isOut, "16", "0"),
    key("output.path", isOut, "o", "p"),
    Key("output.table", isOut, digits, s"$digits\noutput { path = null, table = t }"),
    Key("output.mode", isOut, s"$digits\n$resume", s"$digits\n$resume\noutput.mode = append"),
    key("output.replace-foreign", isOut, "false", "true"),
    key("output.key", isOut, "[]", "[id]"),
    key("output.compression", isOut, "zstd", "gzip"),
    // Columns and folders are compared by themselves.
    key("output.partition-by", isOut, "[]", "[id]"),
    key("output.run-id", isOut, "a", "b"),
    key("output.chunk-rows", isOut, "100000", "7"),
    key("output.lease-seconds", isOut, "120", "60"),
    // What a feed fills.
    key("feeds.input", inner(_), "input = pixels", "into = conv1"),
    key("feeds.into", inner(_), "into = conv1", "into = bn1"),
    key("feeds.output-of", inner(_), "output-of = conv1", "output-of = bn1"),
    key(
      "feeds.graph-tensor",
      inner(_),
      "graph-tensor = \"conv1_1/convolution\"",
      "output-of = conv1"
    ),
    // By what.
    key("feeds.column", inner(_), "input = pixels", "input = pixels, columns = [c, d]"),
    key("feeds.image.holds", image(_), "size = [9, 9]", "size = [9, 9], holds = paths"),
    key("feeds.image.size", image(_), "size = [9, 9]", "size = [9, 8]"),
    key("feeds.image.fit", image(_), "size = [9, 9]", "size = [9, 9], fit = crop"),
    key("feeds.image.resize", image(_), "size = [9, 9]", "size = [9, 9], resize = area"),
    key("feeds.image.antialias", image(_), "size = [9, 9]", "size = [9, 9], antialias = true"),
    key(
      "feeds.image.orientation",
      image(_),
      "size = [9, 9]",
      "size = [9, 9], orientation = exif"
    ),
    key(
      "feeds.image.center-crop",
      image(_),
      "size = [9, 9]",
      "size = [9, 9], center-crop = [8, 8]"
    ),
    key("feeds.image.channels", image(_), "size = [9, 9]", "size = [9, 9], channels = bgr"),
    key(
      "feeds.image.preprocessing",
      image(_),
      "size = [9, 9]",
      "size = [9, 9], preprocessing = tf"
    ),
    key("feeds.image.scale", image(_), "size = [9, 9]", "size = [9, 9], scale = 2"),
    key("feeds.image.mean", image(_), "size = [9, 9]", "size = [9, 9], mean = 1"),
    key("feeds.image.std", image(_), "size = [9, 9]", "size = [9, 9], std = 2"),
    key("feeds.image.max-pixels", image(_), "size = [9, 9]", "size = [9, 9], max-pixels = 99"),
    key("feeds.sequence.max-length", sequence(_), "max-length = 6", ""),
    key("feeds.sequence.pad", sequence(_), "pad = post", "pad = pre"),
    key("feeds.sequence.truncate", sequence(_), "truncate = post", "truncate = pre"),
    key("feeds.sequence.value", sequence(_), "value = 0", "value = 1"),
    key(
      "feeds.tensor.shape",
      inner(_),
      "input = pixels, tensor { shape = [8, 8, 1] }",
      "input = pixels, image { channels = grayscale }"
    ),
    // What is tapped, and what is done to it.
    key("features.layer", tap(_), "layer = conv1", "layer = conv2"),
    key("features.index", branch(_), "index = 4", "index = 5"),
    key("features.graph-tensor", tap(_), "graph-tensor = \"conv1_1/convolution\"", "layer = conv1"),
    key("features.at", tap(_), "layer = conv2", "layer = conv2, at = input"),
    key("features.output", tap(_), "output = output_0", "layer = conv2"),
    key("features.column", tap(_), "layer = conv2", "layer = conv2, column = c"),
    key("features.batch-axis", tap(_), "layer = conv2", "layer = conv2, batch-axis = 0"),
    key("features.pool", tap(_), "layer = conv2", "layer = conv2, pool = max"),
    key("features.normalize", tap(_), "layer = conv2", "layer = conv2, normalize = l2"),
    key("features.as", tap(_), "layer = conv2", "layer = conv2, as = nested"),
    key("features.store", tap(_), "layer = conv2", "layer = conv2, store = float16"),
    // What is derived by what, and what is made of it.
    key("features.gradient.of", gradient(_), "", "of = softmax"),
    key("features.gradient.class", gradient(_), "", "class = 3"),
    key(
      "features.gradient.class.column",
      gradient(_),
      "class = { column = a }",
      "class = { column = b }"
    ),
    key("features.gradient.wrt", gradient(_), "", "wrt = bn1"),
    key("features.gradient.method", gradient(_), "", "method = times-input"),
    key("features.gradient.steps", gradient(_), integrated, s"$integrated, steps = 4"),
    key("features.gradient.baseline", gradient(_), integrated, s"$integrated, baseline = 1"),
    key("features.grad-cam.size", map(_), "", "size = [4, 4]")
  )

  private def absolute(name: String) = Path.of("test-data/models", name).toAbsolutePath.toString

  private def digitsFeed(column: String) =
    s"{ input = pixels, column = $column, tensor { shape = [8, 8, 1] } }"

  private def branches(topology: String) =
    s"""${model("branches_keras3")}
       |feeds = [{ input = left, column = l }, { input = right, column = r }]
       |features = [{ output = output_0 }]
       |${if (topology.isEmpty) ""
      else s"model.topology = test-data/models/$topology"}""".stripMargin

  keys.foreach { key =>
    test(s"${key.name} is ${if (key.isIn) "in" else "not in"} the fingerprint") {
      val (one, other) = (fingerprint(key.one), fingerprint(key.other))
      assert((one !== other) === key.isIn)
    }
  }

  private def fingerprint(text: String): String =
    if (text.contains("model.tags") || text.contains("model.signature"))
      PlannedText.fingerprint(text, Some(TwoGraphs.files)).text
    else PlannedText.fingerprint(text).text

  test("each key of reference.conf is in the table") {
    val inParts = keys.map(_.name).filterNot(name => name.matches("(feeds|features)\\..*"))
    assert(inParts.sorted === ReferenceText.keys.sorted)
  }

  test("each key in a comment of reference.conf is in the table") {
    val described = ReferenceText.described.map(_._1)
    assert(described.nonEmpty && described.toSet -- keys.map(_.name.split('.').last) === Set.empty)
  }
}
