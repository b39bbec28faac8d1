package layertap.config

import com.typesafe.config.{ConfigFactory, ConfigValueType}
import java.io.InputStreamReader
import layertap.config.ConfigText._
import layertap.config.JobConfig._
import layertap.config.RunSettings.Optimization
import layertap.graph.precision.WantedPrecision
import layertap.model.feature.FeatureOptions
import layertap.model.select.Selector.{ByIndex, ByName, GraphTensor, Side}
import layertap.model.select.BatchAxis
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.ImageConfig
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class JobConfigLoaderTest extends AnyFunSuite {

  test("a key that is not set has the default that reference.conf documents") {
    val config = loadWith("features = conv2")
    assert(config.model === new Model("m", List("serve").asJava, "serving_default", ""))
    val none = Map.empty[String, String].asJava
    val noNames = List.empty[String].asJava
    assert(
      config.input ===
        new Input("image-files", List("i").asJava, "", "", none, none, "", noNames)
    )
    assert(config.feeds.isEmpty)
    assert(config.rows === new Rows(OnInvalid.ERROR, 1.0, Rows.NO_MIN, NonFinite.ALLOW))
    assert(
      config.run === new RunSettings(
        RunSettings.AUTO_BATCH_SIZE,
        600,
        Optimization.AUTO,
        WantedPrecision.FLOAT32,
        true,
        300,
        true,
        8192,
        10,
        16
      )
    )
    assert(
      config.output ===
        new Output("o", "", Mode.ERROR, false, noNames, Compression.ZSTD, noNames, "", 100000, 120)
    )
  }

  test("every key of reference.conf is one that the loader reads") {
    val stream = new InputStreamReader(classOf[JobConfig].getResourceAsStream("reference.conf"))
    val reference =
      try ConfigFactory.parseReader(stream).getConfig("layertap")
      finally stream.close()
    val parts = reference.root.asScala.collect {
      case (key, value) if value.valueType == ConfigValueType.OBJECT => key
    }
    parts.foreach { part =>
      assert(problemWith(s"features = a\n$part.unheard-of = 1").contains(s"$part.unheard-of"))
      reference.getConfig(part).root.keySet.asScala.foreach { key =>
        val message = problemWith(s"features = a\n$part.$key-x = 1")
        assert(message.endsWith(s"the nearest is '$key'"), message)
      }
    }
    assert(parts.toSet === Set("model", "input", "rows", "run", "output"))
  }

  test("the example of the documentation is understood") {
    val config = load("""
      layertap {
        model  { path = "models/mobilenet_v2", tags = [serve], signature = serving_default
                 topology = null }
        input  { format = image-files
                 path = ["test-data/images"]
                 options {}
                 select { label = "element_at(split(path, '/'), -2)" }
                 where = null
                 keep = ["path", "label"] }
        feeds = [
          { input = input_1, column = content, image { size = [224, 224], resize = bilinear, preprocessing = mobilenet_v2 } }
        ]
        features = [ out_relu, -2, { layer = bn1, at = input, column = before_bn }, { graph-tensor = "sin/x", column = x }, { layer = out_relu, pool = avg, as = vector, column = embedding } ]
        rows   { on-invalid = error, max-invalid = 1.0 }
        run    { batch-size = 8, self-check = true }
        output { path = "features", mode = error
                 key = [], compression = zstd, partition-by = [] }
      }""")
    assert(config.input.select.asScala === Map("label" -> "element_at(split(path, '/'), -2)"))
    assert(config.input.keep.asScala === Seq("path", "label"))
    val images =
      ImageConfig.conversion("size = [224, 224], resize = bilinear, preprocessing = mobilenet_v2")
    assert(
      config.feeds.asScala === Seq(
        new Feed(new FeedTarget.Input("input_1"), List("content").asJava, images)
      )
    )
    val embedding = new FeatureOptions(
      FeatureOptions.Pool.AVG,
      FeatureOptions.Normalization.NONE,
      FeatureOptions.Layout.VECTOR,
      FeatureOptions.Store.NATIVE
    )
    assert(
      config.features.asScala === Seq(
        new Feature(named("out_relu"), "", FeatureOptions.PLAIN, BatchAxis.DEFAULT),
        new Feature(
          new ByIndex(-2, ByName.ANY, "", Side.OUTPUT),
          "",
          FeatureOptions.PLAIN,
          BatchAxis.DEFAULT
        ),
        new Feature(named("bn1", Side.INPUT), "before_bn", FeatureOptions.PLAIN, BatchAxis.DEFAULT),
        new Feature(new GraphTensor("sin/x"), "x", FeatureOptions.PLAIN, BatchAxis.DEFAULT),
        new Feature(named("out_relu"), "embedding", embedding, BatchAxis.DEFAULT)
      )
    )
  }

  private def named(path: String, side: Side = Side.OUTPUT): Selector =
    new ByName(path, ByName.ANY, "", side)

  test("a single string stands for a list of one") {
    val config = loadWith(
      "features = conv2, model.tags = gpu, input.keep = id, output { key = id, partition-by = day }"
    )
    assert(config.features.size === 1)
    assert(config.model.tags.asScala === Seq("gpu"))
    assert(config.input.paths.asScala === Seq("i"))
    assert(config.input.keep.asScala === Seq("id"))
    assert(config.output.key.asScala === Seq("id"))
    assert(config.output.partitionBy.asScala === Seq("day"))
  }

  test("options keep dotted names and numbers as they are written") {
    val config = loadWith("features = a, input.options { a.b = 1.10, mergeSchema = true }")
    assert(config.input.options.asScala === Map("a.b" -> "1.10", "mergeSchema" -> "true"))
  }

  test("an unknown key is reported with its line and the nearest known key") {
    assert(
      problemWith("features = a\noutput {\n  modee = overwrite\n}") ===
        "cannot use the configuration: job.conf:7: output.modee is no key of layertap; the nearest is 'mode'"
    )
    assert(problemWith("features = a\nmodle = x").contains("job.conf:6: modle is no key"))
    assert(
      problem(load("features = a")).contains(
        "job.conf:1: features is not part of the configuration; put it inside layertap { … }"
      )
    )
  }

  test("several problems are reported at once, each with its file and line") {
    val message = problemWith(
      """features = [a, [b]]
        |rows { on-invalid = skp
        |  max-invalid = 2 }
        |run { batch-size = 0, self-check = maybe }
        |input.keep = { a = b }""".stripMargin
    )
    assert(
      message.linesIterator.map(_.trim).toSeq === Seq(
        "cannot use the configuration: 6 problems",
        "job.conf:9: input.keep is an object, not a string",
        "job.conf:5: features[1] is neither a selector nor an object { … }",
        "job.conf:6: rows.on-invalid is 'skp', not one of error, skip, keep",
        "job.conf:7: rows.max-invalid is 2.0, not a fraction from 0 to 1",
        "job.conf:8: run.batch-size is 0, not a whole number from 1 on",
        "job.conf:8: run.self-check is 'maybe', not true or false"
      )
    )
  }

  test("keys that must be set are asked for, in the user's file") {
    assert(
      problem(load("layertap {}")).linesIterator.map(_.trim).toSeq === Seq(
        "cannot use the configuration: 4 problems",
        "job.conf: model.path is missing",
        "job.conf: input.path needs exactly one of path and table",
        "job.conf: features is empty; name at least one layer",
        "job.conf: output.path needs exactly one of path and table"
      )
    )
    assert(
      problemWith("features = a, input.table = t") ===
        "cannot use the configuration: job.conf:3: input.path needs exactly one of path and table"
    )
  }

  test("values of the wrong type are refused") {
    Seq(
      "model.path = [x]" -> "model.path is a list, not a string",
      "model = 3" -> "model is a number, not an object { … }",
      "model.tags = [[x]]" -> "model.tags is a list, not a list of strings",
      "run.batch-size = many" -> "run.batch-size is 'many', not auto or a whole number from 1 on",
      "run.batch-size = 2.5" -> "run.batch-size is 2.5, not a whole number from 1 on",
      "rows.min = -1" -> "rows.min is -1, not a whole number from 0 on",
      "rows.max-invalid = NaN" -> "rows.max-invalid is NaN, not a fraction from 0 to 1",
      "output.mode = replace" -> "output.mode is 'replace', not one of error, overwrite, append, resume",
      "output.compression = zip" -> "output.compression is 'zip', not one of zstd, snappy, gzip, lz4, none",
      "input.options { a = [1] }" -> "input.options.a is no string"
    ).foreach { case (line, expected) =>
      assert(problemWith(s"features = a\n$line").contains(s"job.conf:6: $expected"), line)
    }
    assert(problem(load("layertap = 3")).contains("job.conf:1: layertap is not an object { … }"))
  }

  test("rows of which Spark drops others where it reads their keys alone are not resumed") {
    def found(mode: String) = problemWith(
      s"""features = a
         |input { format = csv, path = in, keep = id, options { MODE = dropMalformed } }
         |output { path = out, key = id, mode = $mode }""".stripMargin
    )
    assert(
      found("resume").contains(
        "output.mode is resume, and input.options.mode is DROPMALFORMED, by which Spark drops fewer" +
          " rows where it reads their keys alone; set PERMISSIVE there, or another mode here"
      )
    )
    assert(!found("replace").contains("DROPMALFORMED"))
  }

  test("a selector that HOCON cannot read without quotes is answered with that hint") {
    Seq(
      "[ block_* ]",
      "[ proj@1 ]",
      "[ lstm:hidden ]",
      "[ conv? ]",
      "{ layer = lstm:hidden }",
      "block_*"
    )
      .foreach { text =>
        val message = problemWith(s"features = $text")
        assert(message.startsWith("cannot use the configuration: job.conf:5: "), message)
        assert(
          message.endsWith(
            "put the selector in quotes if it has one of * ? @ : in it, as in \"lstm:hidden\""
          ),
          message
        )
      }
  }

  test("an environment variable is substituted; an absent optional one leaves the default") {
    val home = System.getenv("PATH")
    assert(loadWith("features = a, model.path = ${PATH}").model.path === home)
    val absent =
      loadWith("features = a, model.path = ${?LAYERTAP_ABSENT}, output.mode = ${?LAYERTAP_ABSENT}")
    assert(absent.model.path === "m" && absent.output.mode === Mode.ERROR)
  }

  test("an absent variable that is required is reported with the remedy") {
    assert(
      problemWith("features = a\nmodel.path = ${LAYERTAP_ABSENT}") ===
        "cannot use the configuration: job.conf:6: Could not resolve substitution to a value:" +
        " ${LAYERTAP_ABSENT}; set the variable, or write ${?NAME} for one that may be absent"
    )
  }
}
