package layertap.plan

import java.nio.file.{Files, Path}
import layertap.failure.OutputException
import layertap.report.FingerprintRule
import layertap.report.PublishedManifest
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** A later run appends only to an output whose plan has the same fingerprint. */
class PlanFingerprintTest extends AnyFunSuite {

  private val digits = {
    val text = Files.readString(Path.of("conf/digits.conf"))
    text.substring(text.indexOf('{') + 1, text.lastIndexOf('}'))
  }

  private def model(name: String) =
    s"model.path = test-data/models/$name\ninput.path = i\noutput.path = o\n"

  /** What earlier versions wrote into manifests. */
  private val before = Seq(
    "conf/digits.conf" -> digits ->
      "62bd2795ab39fc868d6cecb467de9b03be33cd709928dfd262ddbfe80f0da894",
    "images" -> (model("any_size_keras3") +
      """feeds = [{ input = image, column = content, image { size = [9, 8], fit = crop
        |  resize = area, antialias = true, center-crop = [8, 8], channels = bgr
        |  scale = 0.5, mean = [1, 2, 3], std = 2, max-pixels = 1000 } }]
        |features = [{ layer = conv, pool = max, normalize = l2, store = float16 }]""".stripMargin) ->
      "580a419bc645884928c9bc3e0e6427722c326d0eca48944fac3e1e8ed6659a6b",
    "sequences" -> (model("recurrent_keras3") +
      """feeds = [{ input = events, columns = [a, b, c, d]
        |  sequence { max-length = 6, pad = pre, truncate = pre, value = -1 } }]
        |features = ["lstm", { layer = "lstm", output = hidden, column = h, as = vector }]""".stripMargin) ->
      "eb648f7c46fca95968e77ac36da050ae1f6721bf24f110b1da0634640ee66075",
    "steps that the model fixes" -> (model("lstm_keras2") +
      """feeds = [{ input = events, column = x, tensor { shape = [10, 100] } }]
        |features = ["lstm:0"]""".stripMargin) ->
      "8b1b97e6c5359e2d9d65f3e259b7335e26bf84fda3d69d2713e5e2fb82302eef"
  )

  before.foreach { case ((name, text), written) =>
    test(s"$name: the fingerprint stays what earlier versions wrote into manifests") {
      val fingerprint = PlannedText.fingerprint(s"$text\nrun.optimize = exact")
      assert(fingerprint.byRule(FingerprintRule.FIRST) === written)
      // No later setting is used, so that earlier versions go on with later outputs, too.
      assert(fingerprint.text === written)
      assert(fingerprint.byRule(FingerprintRule.CURRENT) === written)
    }
  }

  test("what the first rule leaves out is in the current one where it is used") {
    val plain = PlannedText.fingerprint(digits, Some(TwoGraphs.files))
    Seq("model.tags = [gpu, serve]", "input.select.pixels = \"reverse(pixels)\"").foreach { line =>
      val changed = PlannedText.fingerprint(s"$digits\n$line", Some(TwoGraphs.files))
      assert(changed.byRule(1) === plain.byRule(1), line)
      assert(changed.text !== plain.text, line)
    }
  }

  test("tags in another order are the same tags; an expression of another column is none") {
    def tagged(tags: String) =
      PlannedText.fingerprint(s"$digits\nmodel.tags = $tags", Some(TwoGraphs.files)).text
    assert(tagged("[gpu, serve]") === tagged("[serve, gpu]"))
    val labelled = PlannedText.fingerprint(s"$digits\ninput.select.label = \"label + 1\"")
    assert(labelled.text === PlannedText.fingerprint(digits).text)
  }

  test("where a feed goes into the model is in it, beyond the words that say so") {
    Seq("into = bn1", "output-of = conv1", "graph-tensor = \"conv1_1/Relu\"").foreach { target =>
      val inner = PlannedText.fingerprint(s"$digits\nfeeds = [{ $target, column = c }]")
      assert(inner.byRule(1) !== inner.text, target)
    }
  }

  private def manifest(model: String, select: String): PublishedManifest =
    PublishedManifest
      .parse(s"""
        |{"format": 1, "plan": "p", "run": "r", "rows": {},
        | "model": $model, "input": {"select": $select}}""".stripMargin)
      .get

  test("a manifest without a rule is of the first one, and holds tags and expressions") {
    val there = manifest("""{"tags": ["serve"]}""", """{"pixels": "a"}""")
    assert(there.planRule === 1)
    assert(there.tags === java.util.List.of("serve"))
    assert(there.select === java.util.Map.of("pixels", "a"))
  }

  test("beside the first rule tags and the expressions of fed columns are compared") {
    def difference(line: String, model: String, select: String): String =
      PlannedText
        .fingerprint(s"$digits\n$line", Some(TwoGraphs.files))
        .differenceBeside(manifest(model, select))
        .orElse("")
    val serve = """{"tags": ["serve"]}"""
    assert(difference("", serve, "{}") === "")
    assert(difference("", serve, """{"label": "a"}""") === "")
    assert(
      difference(
        "",
        """{"tags": ["gpu", "serve"]}""",
        "{}"
      ) === "model.tags was [gpu, serve], not [serve]"
    )
    assert(difference("model.tags = [gpu, serve]", """{"tags": ["serve", "gpu"]}""", "{}") === "")
    val other = "input.select.pixels was another expression"
    val select = "input.select.pixels = \"a\""
    assert(difference(select, serve, """{"pixels": "a"}""") === "")
    assert(difference(select, serve, """{"pixels": "b"}""") === other)
    assert(difference(select, serve, "{}") === other)
    assert(difference("", serve, """{"pixels": "a"}""") === other)
    assert(
      difference(
        "input.select.pixels = \"b\"\ninput.select.a = \"d\"",
        serve,
        """{"a": "c", "pixels": "b"}"""
      ) === ""
    )
    assert(
      difference(
        "input.select.pixels = \"a\"\ninput.select.a = \"d\"",
        serve,
        """{"a": "c", "pixels": "a"}"""
      ) === "input.select.a was another expression"
    )
    assert(difference(select, serve, """{"pixels": "x*********(redacted)"}""") === "")
  }

  test("a rule of a later version is refused") {
    val refusal = intercept[OutputException](PlannedText.fingerprint(digits).byRule(3)).getMessage
    assert(
      refusal === "cannot compare plans: the output's fingerprint is by rule 3, this version knows" +
        " rules up to 2; use the version of layertap that wrote it, or a later one"
    )
  }

  test("the value of a switch is part of it, if a feature needs it") {
    def fingerprint(layer: String, feeds: String*): String = {
      val all = "{ input = image, column = image }" +: feeds
      PlannedText
        .fingerprint(s"""${model("tf1_conv")}
                        |feeds = [${all.mkString(", ")}]
                        |features = [{ graph-tensor = "$layer" }]""".stripMargin)
        .text
    }
    def switch(value: String) = s"{ graph-tensor = keep_scale, value = $value }"
    val scaled = Seq(Seq(), Seq(switch("1.0")), Seq(switch("2.0")))
    assert(scaled.map(feeds => fingerprint("conv1/scaled", feeds: _*)).distinct.size === 3)
    assert(scaled.map(feeds => fingerprint("conv1/Relu", feeds: _*)).distinct.size === 1)
  }

  test("features of a graph that was rewritten for speed are told from exact ones") {
    def digitsBy(optimize: String) = PlannedText.fingerprint(s"$digits\nrun.optimize = $optimize")
    assert(digitsBy("fast").text !== digitsBy("exact").text)
    assert(digitsBy("fast").isOf(digitsBy("exact").text, FingerprintRule.CURRENT))
    assert(!digitsBy("exact").isOf(digitsBy("fast").text, FingerprintRule.CURRENT))
    assert(!digitsBy("auto").isOf(digitsBy("exact").text, FingerprintRule.CURRENT))
    assert(digitsBy("auto").text === digitsBy("fast").text)
  }
}
