package layertap.extract.serving

import java.nio.file.{Files, Path}
import java.time.Duration
import java.util.{List => JavaList, Map => JavaMap}
import java.util.logging.{Handler, LogRecord, Logger}
import layertap.extract.{ExtractedRow, Extractor, ExtractorBuilder, FeatureArray}
import layertap.failure.{
  ConfigProblemException,
  InvalidRowException,
  LayertapException,
  UserException
}
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What an extractor says, and what becomes of rows that it cannot use. */
class ExtractorTest extends AnyFunSuite {

  private def branches: ExtractorBuilder = Extractor.builder
    .model(Path.of("test-data/models/branches_keras3"))
    .feed(JavaMap.of("input", "left", "column", "left", "tensor", JavaMap.of()))
    .feed(JavaMap.of("input", "right", "columns", JavaList.of("a", "b"), "tensor", JavaMap.of()))
    .feature("difference")
    .set("run.self-check", false)
    .warnings(warning => fail(warning))

  private def row(left: Any, a: Any = 1, b: Any = JavaList.of(2, 3.5, 4L)): JavaMap[String, Any] =
    new java.util.HashMap(Map("left" -> left, "a" -> a, "b" -> b).asJava)

  private val good = row(Array(1f, 2f, 3f, 4f))

  test("an invalid row is an error that says why, in a list also which") {
    Using.resource(branches.open()) { extractor =>
      val alone = intercept[InvalidRowException](extractor.extract(row(Array(1f))))
      assert(
        alone.getMessage === "cannot extract the row: left: a value of shape (1) does not fit (4);" +
          " correct it or leave it out, or set rows.on-invalid to skip or keep"
      )
      val rows = JavaList.of(good, good, row(Array(1f, 2f, 3f, 4f), a = null))
      assert(
        intercept[InvalidRowException](
          extractor.extract(rows)
        ).getMessage === "cannot extract row" +
          " 2, counted from 0: a, b: a is null; correct it or leave it out, or set rows.on-invalid" +
          " to skip or keep"
      )
      assert(extractor.extract(JavaList.of[JavaMap[String, Any]]()).size === 0)
    }
  }

  for (policy <- Seq("skip", "keep"))
    test(s"$policy: an invalid row has a result with the reason, in its place among others") {
      Using.resource(branches.set("rows.on-invalid", policy).open()) { extractor =>
        val many = (0 until 30).map(i => if (i % 7 == 3) row("text") else good)
        val found = extractor.extract(many.asJava).asScala.toSeq
        assert(found.map(_.isValid) === many.indices.map(_ % 7 != 3))
        assert(found(3).error === "left: 'text' is no number")
        assert(found(3).features.size === 0)
        assert(
          extractor.extract(JavaMap.of("left", 1)).error === "a: the row has no such column;" +
            " nearest: left"
        )
        assert(
          intercept[InvalidRowException](found(3).feature("difference")).getMessage === "cannot" +
            " read the feature 'difference': the row is invalid: left: 'text' is no number; ask" +
            " isValid() before"
        )
        assert(
          intercept[UserException](found(0).feature("diference")).getMessage === "cannot read the" +
            " feature 'diference': there is none of that name; nearest: difference"
        )
      }
    }

  test("NaN is a value, or makes a row invalid, as rows.non-finite says") {
    val nan = row(Array(1f, Float.NaN, 3f, 4f))
    Using.resource(branches.open()) { extractor =>
      assert(extractor.extract(nan).feature("difference").floats.exists(_.isNaN))
    }
    val refusing = branches.set("rows.non-finite", "refuse").set("rows.on-invalid", "keep")
    Using.resource(refusing.open()) { extractor =>
      assert(extractor.extract(nan).error === "left: element 1 is NaN")
      assert(extractor.extract(good).isValid)
    }
  }

  test("the model's own refusal of one row does not touch those beside it") {
    val lookup = Extractor.builder
      .model(Path.of("test-data/models/tokens_keras3"))
      .feed(
        JavaMap.of("input", "tokens", "column", "tokens", "sequence", JavaMap.of("pad", "none"))
      )
      .feature("embedding")
      .set("rows.on-invalid", "keep")
    Using.resource(lookup.open()) { extractor =>
      val rows = Seq(Array(1L, 2L), Array(100000L), Array(3L)).map(ids => JavaMap.of("tokens", ids))
      val found = extractor.extract(rows.asJava).asScala.toSeq
      assert(found.map(_.isValid) === Seq(true, false, true))
      assert(found(1).error.startsWith("the model refuses the values: "))
    }
  }

  test("a closed extractor says so; a second close does nothing") {
    val extractor = branches.open()
    extractor.close()
    extractor.close()
    for (
      call <- Seq[() => Any](
        () => extractor.extract(good),
        () => extractor.extract(JavaList.of[JavaMap[String, Any]]())
      )
    )
      assert(
        intercept[IllegalStateException](
          call()
        ).getMessage === "cannot extract rows: the extractor" +
          " was closed; open another one"
      )
  }

  test("nested arrays of a feature, and a row of no axes") {
    val map = new FeatureArray("m", "int32", Array(2, 1, 3), Array(1, 2, 3, 4, 5, 6))
    assert(
      map.nested.asInstanceOf[Array[Array[Array[Int]]]].map(_.map(_.toSeq).toSeq).toSeq ===
        Seq(Seq(Seq(1, 2, 3)), Seq(Seq(4, 5, 6)))
    )
    assert(new FeatureArray("s", "float64", Array(), Array(2.5)).nested === 2.5)
    assert(map.toString === "m int32[2, 1, 3]")
    val failure =
      intercept[IllegalArgumentException](new FeatureArray("m", "int32", Array(2), Array(1)))
    assert(failure.getMessage === "1 values do not fill the shape [2]")
    intercept[ClassCastException](map.floats)
    assert(new ExtractedRow(JavaMap.of("m", map), "").feature("m") eq map)
  }

  test("what only a job asks is ignored with one warning, whatever it holds, and may be absent") {
    val job =
      """layertap {
        |  model.path = test-data/models/branches_keras3
        |  input { path = ${NO_SUCH_VARIABLE}, unknown = 1 }
        |  feeds = [{ input = left, column = left, tensor {} }, { input = right, column = right, tensor {} }]
        |  features = [difference]
        |  rows { max-invalid = 7, min = 3, on-invalid = skip }
        |  output { mode = resume }
        |}""".stripMargin
    val warnings = Seq.newBuilder[String]
    val caller = Thread.currentThread
    val builder = Extractor.builder.configuration(job).warnings { warning =>
      // A listener may take a lock that its caller holds.
      assert(Thread.currentThread eq caller)
      warnings += warning
    }
    Using.resource(builder.open())(extractor =>
      assert(!extractor.extract(JavaMap.of("left", 1)).isValid)
    )
    assert(
      warnings.result() === Seq(
        "an extractor ignores input, output, rows.max-invalid, rows.min: rows are brought as they" +
          " are after input.select"
      )
    )
  }

  test("a failure keeps the warnings before it, and is not hidden by a listener that fails") {
    val warnings = Seq.newBuilder[String]
    val failing = branches.feature("no_such").set("rows.min", 3).warnings { warning =>
      warnings += warning
      throw new IllegalStateException("the listener fails")
    }
    val failure = intercept[LayertapException](failing.open())
    assert(failure.getMessage.contains("no_such"))
    assert(failure.getSuppressed.map(_.getMessage).toSeq === Seq("the listener fails"))
    assert(warnings.result().map(_.takeWhile(_ != ':')) === Seq("an extractor ignores rows.min"))
    val alone = branches.set("rows.min", 3).warnings(_ => throw new IllegalStateException("alone"))
    assert(intercept[IllegalStateException](alone.open()).getMessage === "alone")
  }

  test("warnings go to the logger layertap of Java, unless somebody takes them") {
    var logged = Seq[String]()
    val handler = new Handler {
      override def publish(record: LogRecord): Unit = logged = logged :+ record.getMessage
      override def flush(): Unit = ()
      override def close(): Unit = ()
    }
    val logger = Logger.getLogger("layertap")
    logger.addHandler(handler)
    logger.setUseParentHandlers(false)
    try
      TempFolder.use { folder =>
        val feeds =
          Seq("left", "right").map(name => s"{ input = $name, column = $name, tensor {} }")
        val text = s"layertap { output.path = o, feeds = [${feeds.mkString(", ")}] }"
        val file = Files.writeString(folder.resolve("branches.conf"), text)
        val builder = Extractor.builder
          .configuration(file)
          .model(Path.of("test-data/models/branches_keras3"))
          .feature("difference")
          .set("run.self-check", false)
        builder.open().close()
      }
    finally {
      logger.removeHandler(handler)
      logger.setUseParentHandlers(true)
    }
    assert(
      logged === Seq("an extractor ignores output: rows are brought as they are after input.select")
    )
  }

  test("problems of a configuration come out together, those of settings with a remedy") {
    val failure = intercept[ConfigProblemException](
      Extractor.builder.configuration("layertap { features = [], run.batch-size = 0 }").open()
    )
    assert(
      failure.getMessage.linesIterator.exists(_.contains("run.batch-size is 0")),
      failure.getMessage
    )
    assert(
      failure.getMessage.linesIterator.exists(_.contains("model.path is missing")),
      failure.getMessage
    )
    assert(!failure.getMessage.contains("input"), failure.getMessage)
    def refused(open: => Any): String = intercept[UserException](open).getMessage
    assert(
      refused(
        Extractor.open(Path.of("no.conf"))
      ) === "cannot read the configuration no.conf: there" +
        " is no such file; check the path"
    )
    assert(
      refused(Extractor.open(Path.of("test-data"))) === "cannot read the configuration test-data:" +
        " it is a directory; name a file"
    )
    assert(
      refused(
        branches.set("model.path", "s3a://bucket/model").open()
      ) === "cannot read model.path =" +
        " s3a://bucket/model: without Hadoop only paths of this machine are read; copy it to one"
    )
    assert(
      refused(branches.longestWait(Duration.ofSeconds(-1))) === "cannot wait for PT-1S: it is" +
        " negative; set longestWait to zero or more"
    )
    assert(
      refused(branches.longestWait(Duration.ofSeconds(Long.MaxValue))) === "cannot wait for" +
        " PT2562047788015215H30M7S: it is more than PT876000H; set longestWait to less"
    )
    assert(
      refused(
        branches.threads(0)
      ) === "cannot set threads to 0: it is no number from 1 on; leave it" +
        " out for the default"
    )
    assert(
      refused(branches.set("run.batch-size", new Object).open()).startsWith(
        "cannot set run.batch-size: "
      )
    )
    assert(refused(branches.feature("differnce").open()).contains("difference"))
  }

  test("null in a feed or a feature counts as left out; as a key it is refused") {
    def including(map: JavaMap[String, AnyRef], key: String, value: AnyRef) = {
      val more = new java.util.LinkedHashMap[String, AnyRef](map)
      more.put(key, value)
      more
    }
    def refused(builder: ExtractorBuilder): String =
      intercept[LayertapException](builder.open()).getMessage
    val softmax = including(JavaMap.of("layer", "difference", "column", "d"), "pool", null)
    Using.resource(branches.feature(softmax).open())(opened =>
      assert(opened.features.asScala === Seq("difference", "d"))
    )
    assert(
      refused(branches.feed(including(JavaMap.of("input", "left"), "column", null)))
        .contains("feeds[2].column is missing")
    )
    assert(
      refused(
        branches.feature(including(softmax, null, "x"))
      ) === "cannot set features: not valid to" +
        " create ConfigObject from map with non-String key: null; give a text, number or truth" +
        " value, or lists and maps of such"
    )
  }

  test("what is null is named") {
    def missing(call: => Any): String = intercept[NullPointerException](call).getMessage
    val none = null.asInstanceOf[java.util.Map[String, AnyRef]]
    assert(missing(branches.feed(none)) === "feed is null")
    assert(missing(branches.feature(none)) === "feature is null")
    assert(missing(branches.model(null)) === "directory is null")
    assert(missing(branches.longestWait(null)) === "wait is null")
    assert(missing(Extractor.open(null)) === "file is null")
    Using.resource(branches.longestWait(Duration.ofDays(36500)).open()) { extractor =>
      assert(missing(extractor.extract(none)) === "row is null")
      val rows = null.asInstanceOf[java.util.List[java.util.Map[String, AnyRef]]]
      assert(missing(extractor.extract(rows)) === "rows is null")
      assert(missing(new ExtractedRow(JavaMap.of(), "").feature(null)) === "name is null")
    }
  }

  test("a row alone runs as it does beside a copy of itself, but for rounding") {
    val values = Seq(branches, branches.rowsAloneAsInJobs).map { builder =>
      Using.resource(builder.open())(_.extract(good).feature("difference").floats)
    }
    assert(values(0).length === 3)
    values(0).zip(values(1)).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-6 * 10) }
  }
}
