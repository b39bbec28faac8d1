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

  private val clear = "\r\u001b[K"

  private def shown(isTerminal: Boolean)(show: PrintedLines => Unit): String = {
    val bytes = new ByteArrayOutputStream
    show(new PrintedLines(new PrintStream(bytes, true, UTF_8), () => isTerminal))
    bytes.toString(UTF_8)
  }

  test("on a terminal a status stays below what is printed, and goes when it is emptied") {
    val text = shown(isTerminal = true) { lines =>
      lines.println("one")
      lines.showStatus("[#.] 1 %")
      lines.println("two")
      lines.showStatus("[#.] 2 %")
      lines.showStatus("[#.] 2 %")
      lines.showStatus("")
      lines.println("three")
    }
    assert(
      text === s"one\n$clear[#.] 1 %${clear}two\n[#.] 1 %$clear[#.] 2 %${clear}three\n"
    )
  }

  test("a status has one line, without secrets, and is gone when the log is closed") {
    val text = shown(isTerminal = true) { lines =>
      lines.showStatus("a\nb s3a://key:secret@bucket")
      lines.close()
    }
    assert(text === s"${clear}a\\nb s3a://*********(redacted)@bucket$clear")
  }

  test("a log has no status") {
    val text = shown(isTerminal = false) { lines =>
      lines.showStatus("[#.] 1 %")
      lines.println("one")
      lines.close()
    }
    assert(text === "one\n")
  }
}
