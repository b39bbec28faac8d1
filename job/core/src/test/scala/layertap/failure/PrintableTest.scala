package layertap.failure

import java.util.{List => JavaList}
import org.scalatest.funsuite.AnyFunSuite

class PrintableTest extends AnyFunSuite {
  private val name = "a\n\u001b[31mb"
  private val escaped = "a\\n\\u001b[31mb"

  test("a failure's message is one line, whoever makes it") {
    assert(new UserException(s"no layer '$name'").getMessage === s"no layer '$escaped'")
    assert(new UserException(name, new RuntimeException).getMessage === escaped)
    assert(new InvalidRowException(name).toString.endsWith(s": $escaped"))
    assert(new GraphException(name).getMessage === escaped)
  }

  test("problems of a configuration are lines, what is in them is not") {
    val problems = new ConfigProblemException(JavaList.of(name, "other"))
    assert(problems.getMessage === s"cannot use the configuration: 2 problems\n  $escaped\n  other")
  }

  test("a row's reason is data and stays as it is; as text of a failure it is escaped") {
    val bad = new BadRowException(name)
    assert(bad.getMessage === name)
    assert(!bad.toString.contains("\u001b"))
  }

  test("escaping twice is escaping once") {
    assert(Printable.line(escaped) === escaped)
    assert(Printable.line("a\\b$1") === "a\\b$1")
  }
}
