package layertap.report

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import org.scalatest.funsuite.AnyFunSuite

/** What a terminal gets. */
class PrintedLinesTest extends AnyFunSuite {

  private def printed(print: PrintStream => Unit): String = {
    val bytes = new ByteArrayOutputStream
    print(new PrintedLines(new PrintStream(bytes, true, UTF_8)))
    bytes.toString(UTF_8)
  }

  test("println prints one line, whatever is in it") {
    val name = "a\nlayertap: exit 0: done\r\u001b[2K\u009b31m\u202e\u2028\u0085\u0000\u007fz"
    val escaped =
      "a\\nlayertap: exit 0: done\\r\\u001b[2K\\u009b31m\\u202e\\u2028\\u0085\\u0000\\u007fz\n"
    assert(printed(_.println(name)) === escaped)
    assert(printed(_.println(name: Any)) === escaped)
    assert(printed(_.println(name.toCharArray)) === escaped)
  }

  test("print takes text of several lines and escapes the rest") {
    assert(printed(_.print("a\n\tb\u001b[1m\r\nc\n")) === "a\n\tb\\u001b[1m\nc\n")
  }

  test("what is no control character stays") {
    val text = "größe, 名前, 🙂, a\\b, \ttab"
    assert(printed(_.println(text)) === text + "\n")
  }

  test("a stack trace keeps its lines, and a message in it has none of its own") {
    val trace = printed(new IllegalStateException("a\nlayertap: exit 0: done").printStackTrace(_))
    val lines = trace.linesIterator.toSeq
    assert(lines.head === "java.lang.IllegalStateException: a\\nlayertap: exit 0: done")
    assert(lines.tail.nonEmpty && lines.tail.forall(_.startsWith("\tat ")))
  }
}
