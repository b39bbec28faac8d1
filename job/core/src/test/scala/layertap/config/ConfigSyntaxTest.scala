package layertap.config

import layertap.config.ConfigText._
import org.scalatest.funsuite.AnyFunSuite

/** Whatever the parser objects to is the user's to mend: told with its line, and no secret in it.
  */
class ConfigSyntaxTest extends AnyFunSuite {
  private def problem(text: String): String = {
    val message = problemWith(s"features = a\n$text")
    val start = "cannot use the configuration: job.conf:6: "
    assert(message.startsWith(start), text)
    message.stripPrefix(start)
  }

  private val joined =
    "a list or an object is joined to a value that is none: it stands beside it, or += adds to" +
      " it; put a comma or a new line between them, or make both lists"

  test("a comma that is missing before a bracket") {
    Seq(
      "feeds = [{ column = pixels tensor {} }]",
      "features = [{ layer = a } [b]]",
      "input.keep = { a = 1 } [b]",
      "input.options.password = hidden { a = 1 }"
    ).foreach(text => assert(problem(text) === joined, text))
    assert(
      problemWith("features = a", "features=[{ layer = a { } }]") ===
        s"cannot use the configuration: --set features: $joined"
    )
  }

  test("the same where references tell only later what is joined") {
    assert(problem("input.keep = x, input.keep += y") === joined)
    val merged = problemWith("features = a\ninput.keep = ${layertap.output} x")
    assert(merged === s"cannot use the configuration: job.conf:4: $joined")
  }

  test("keys with empty parts") {
    val empty = "path has a leading, trailing, or two adjacent period '.'"
    Seq("a..b = 1", ".a = 1", "a = ${a..b}").foreach(text =>
      assert(problem(text).startsWith(empty), text)
    )
  }

  test("NUL in what names a file; an option of a reader may have one") {
    Seq("model.path", "model.topology", "input.path", "output.path").foreach { key =>
      assert(
        problem(s"$key = \"a\\u0000b\"") ===
          s"$key has a NUL character in it, which no file system takes"
      )
    }
    val quote =
      loadWith("features = a\ninput.options.quote = \"\\u0000\"").input.options.get("quote")
    assert(quote === "\u0000")
  }

  test("references that go round") {
    assert(
      ConfigText
        .problem(load("a = ${b}\nb = ${a}\nlayertap {}"))
        .endsWith("; take one of these references away")
    )
  }
}
