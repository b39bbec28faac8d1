package layertap.config

import java.util.{List => JavaList}
import layertap.config.text.ConfigSource
import layertap.failure.ConfigProblemException
import org.scalatest.funsuite.AnyFunSuite

/** Configurations for rows that somebody brings: what only a job asks is left out. */
class ConfigForRowsTest extends AnyFunSuite {

  private def load(text: String, overrides: String*): JobConfigLoader.ForRows =
    JobConfigLoader.loadForRows(text, "rows.conf", JavaList.of(overrides: _*), ConfigSource.LOCAL)

  private val needed = "model.path = m, features = [conv]"

  test("input and output may be absent") {
    val loaded = load(s"layertap { $needed, rows.on-invalid = keep }")
    assert(loaded.ignored === JavaList.of())
    assert(loaded.config.rows.onInvalid === JobConfig.OnInvalid.KEEP)
    assert(loaded.config.model.path === "m")
  }

  test("they are ignored whatever they hold, with variables that are not set, and from overrides") {
    val job = s"layertap { $needed, input.path = $${NO_SUCH_VARIABLE}, output { mode = 7 } }"
    val loaded = load(job, "rows.max-invalid=9", "rows.min=-3", "run.batch-size=5")
    assert(loaded.ignored === JavaList.of("input", "output", "rows.max-invalid", "rows.min"))
    assert(loaded.config.run.batchSize === 5)
    assert(loaded.config.rows.maxInvalid === 1)
  }

  test("a configuration that is put together from parts") {
    val parts = s"base { input.path = p, $needed }\nlayertap = $${base} { output.path = o }"
    val problem = intercept[ConfigProblemException](load(parts))
    assert(problem.getMessage.contains("base is not part of the configuration"))
    val merged = s"layertap { input.path = p }\nlayertap = $${layertap} { $needed }"
    assert(load(merged).ignored === JavaList.of("input"))
  }

  test("all other problems come out together, as of a job") {
    val problem = intercept[ConfigProblemException](
      load("layertap { rows.on-invalid = drop, inputs = 1, run.batch-size = 0, output = 3 }")
    )
    val lines = problem.getMessage.linesIterator.toSeq
    assert(lines.exists(_.contains("rows.on-invalid is 'drop'")), problem.getMessage)
    assert(lines.exists(_.contains("run.batch-size is 0")), problem.getMessage)
    assert(lines.exists(_.contains("model.path is missing")), problem.getMessage)
    assert(lines.exists(_.contains("inputs")), problem.getMessage)
    assert(!lines.exists(_.contains("output")), problem.getMessage)
  }
}
