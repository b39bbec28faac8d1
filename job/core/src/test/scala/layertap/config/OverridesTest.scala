package layertap.config

import layertap.config.ConfigText._
import layertap.config.JobConfig.Mode
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** `--set K=V`. */
class OverridesTest extends AnyFunSuite {

  private def loadSet(overrides: String*) = loadWith("features = a", overrides: _*)

  test("a value is split at the first equals sign and taken as it is") {
    val config = loadSet("output.path=s3a://b/x/date=2026-01-01", "output.mode=overwrite")
    assert(config.output.path === "s3a://b/x/date=2026-01-01")
    assert(config.output.mode === Mode.OVERWRITE)
  }

  test("what HOCON would not read without quotes needs none") {
    val config = loadSet("features=block_*", "input.where=label = 'a:b' AND x > 1")
    assert(config.features.get(0).selector.text === "block_*")
    assert(config.input.where === "label = 'a:b' AND x > 1")
  }

  test("numbers, booleans, lists, objects and quoted strings are HOCON") {
    val config = loadSet(
      "run.batch-size=3",
      "rows.max-invalid=5e-2",
      "run.self-check=false",
      """features=[conv1, "lstm:hidden", {layer = a, pool = avg}]""",
      "input.options={header = true}",
      """output.path="a b""""
    )
    assert(config.run.batchSize === 3 && !config.run.selfCheck)
    assert(config.rows.maxInvalid === 0.05)
    assert(config.features.asScala.map(_.selector.text) === Seq("conv1", "lstm:hidden", "a"))
    assert(config.input.options.asScala === Map("header" -> "true"))
    assert(config.output.path === "a b")
  }

  test("null takes a value away") {
    val problem = ConfigText.problem(loadSet("output.path=null"))
    assert(problem.endsWith("output.path needs exactly one of path and table"))
    assert(loadSet("input.path=null", "input.table=t").input.table === "t")
  }

  test("an empty value is an empty string") {
    assert(loadWith("features = a, input.where = x", "input.where=").input.where === "")
  }

  test("a key with the leading layertap is refused") {
    Seq("layertap.output.path=o", "layertap=o").foreach { key =>
      val where = s"--set ${key.takeWhile(_ != '=')}"
      assert(
        problem(
          loadSet(key)
        ) === s"cannot use the configuration: $where: a key is written without" +
          " the leading 'layertap.', as output.path is"
      )
    }
  }

  test("the last of two values for a key counts, and all go over the file") {
    val config =
      loadWith("features = a, output.mode = resume", "output.mode=append", "output.mode=error")
    assert(config.output.mode === Mode.ERROR)
  }

  test("a problem in a value names the option, not a file") {
    assert(
      problem(loadSet("output.moode=error")) ===
        "cannot use the configuration: --set output.moode:" +
        " output.moode is no key of layertap; the nearest is 'mode'"
    )
    Seq("outptu.mode", "outptu.mode.more", "outptu.\"mode.more\"").foreach { key =>
      assert(
        problem(loadSet(s"$key=error")) ===
          s"cannot use the configuration: --set $key:" +
          " outptu is no key of layertap; the nearest is 'output'"
      )
    }
    assert(
      problem(loadSet("run.bach.size=8")) ===
        "cannot use the configuration: --set run.bach.size: run.bach is no key of layertap; the nearest is" +
        " 'batch-size'"
    )
    assert(
      problem(loadSet("features=[{layer = a, pool = sum}]")) ===
        "cannot use the configuration: --set features:" +
        " features[0].pool is 'sum', not one of none, avg, max, first, last"
    )
  }

  test("an override that is none is refused") {
    assert(
      problem(loadSet("overwrite")) ===
        "cannot use the configuration: --set overwrite: it is not of the form key=value"
    )
    assert(problem(loadSet("=x")).contains("--set : it is not of the form key=value"))
    assert(problem(loadSet("a..b=x")).contains("--set a..b: 'a..b' is no key: "))
    assert(
      problem(loadSet("features=[a")).startsWith(
        "cannot use the configuration: --set features: "
      )
    )
  }

  test("problems of several overrides come together") {
    val message = problem(loadSet("x", "y"))
    assert(message.contains("--set x: ") && message.contains("--set y: "))
  }

  test("a value is never printed where it is not the key's own: it may be a secret") {
    Seq(
      "input.password=hunter2",
      "hunter.password=hunter2",
      "input.options=hunter2",
      "input.options={ password = [hunter2",
      "input.options={ password hunter2 }",
      "input.options={ password = [hunter2] }",
      "input.options.password=[hunter2]",
      "password=hunter2",
      "input..password=hunter2",
      "=hunter2",
      "input.password={ a = hunter2 }",
      "input={ passwort = hunter2 }"
    ).foreach { set =>
      val message = problem(loadSet(set))
      assert(!message.contains("hunter2"), message)
    }
  }

  test("nor is what stands on a line with a secret that cannot be parsed") {
    Seq(
      "password = \"hunter2",
      "password hunter2 }",
      "a.secret = hunter2 : x",
      "token = [hunter2 : 1"
    )
      .foreach { line =>
        val message = problemWith(s"features = a\ninput.options {\n$line\n}")
        assert(message.contains("job.conf:") && !message.contains("hunter2"), message)
      }
  }
}
