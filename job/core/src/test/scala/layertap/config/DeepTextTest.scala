package layertap.config

import layertap.config.ConfigText._
import org.scalatest.funsuite.AnyFunSuite

/** Configurations that would take a parser's stack. */
class DeepTextTest extends AnyFunSuite {
  private val many = 20000

  test("brackets that are nested beyond any sense are refused with their line") {
    Seq("[" -> "]", "{ a = " -> "}", "[{ a = " -> "}]").foreach { case (open, close) =>
      assert(
        problemWith(s"features = a\ninput.options.x = ${open * many}1${close * many}") ===
          "cannot use the configuration: job.conf:6: brackets stand in each other more than 200 deep;" +
          " take some away",
        open
      )
      assert(
        problemWith(s"features = a\ninput.options.x = ${open * many}")
          .contains("job.conf:6: brackets")
      )
    }
    assert(
      problemWith("features = a", s"features=${"[" * many}") ===
        "cannot use the configuration: --set features: brackets stand in each other more than 200 deep;" +
        " take some away"
    )
  }

  test("brackets in strings and comments do not count, nor do many beside each other") {
    val deep = "[" * many
    val text =
      s"features = a # $deep\n// $deep\ninput.where = \"$deep\"\ninput.select.a = \"\"\"$deep\n\"\"\""
    assert(loadWith(text).input.where === deep)
    assert(loadWith(s"features = [${"{ layer = a }, " * 1000} b]").features.size === 1001)
    assert(loadWith("features = a\ninput.where = \"\\\"[\"").input.where === "\"[")
  }

  test("a key of very many parts is refused") {
    val key = s"a${".a" * many}"
    assert(
      problemWith(s"features = a\n$key = 1").contains(
        "job.conf: it is nested too deeply; write shorter keys"
      ) ||
        problemWith(s"features = a\n$key = 1").contains("a is no key of layertap")
    )
    assert(problemWith("features = a", s"$key=1").contains("job.conf: "))
  }
}
