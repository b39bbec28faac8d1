package layertap.process

import layertap.testing.JavaProcess
import org.scalatest.funsuite.AnyFunSuite

/** Prints past Java while what is printed is filtered. */
object PrintingProcess {
  private def print(text: String): Unit =
    new ProcessBuilder("sh", "-c", s"printf '$text' >&2").inheritIO().start().waitFor(): Unit

  def main(arguments: Array[String]): Unit = {
    print("before\\n")
    try
      NativeErrors.filtered(
        () => {
          print("left out 1\\nnative\\n")
          System.err.println("Java, größe")
          print("left out 2\\nhalf a line")
          if (arguments.nonEmpty) throw new IllegalStateException("failed")
        },
        line => line.startsWith("left out")
      )
    catch { case e: IllegalStateException => System.err.println(s" and ${e.getMessage}") }
    print(" after\\n")
    println(new Terminal(Terminal.STANDARD_ERROR).is)
  }
}

/** Lines of natives, which the process itself is asked about from outside. */
class NativeErrorsTest extends AnyFunSuite {
  private def printed(arguments: String*): Seq[String] = {
    val options = Seq("-Dfile.encoding=UTF-8", "-Dstderr.encoding=UTF-8")
    val (code, text) =
      JavaProcess.start("layertap.process.PrintingProcess", options, arguments: _*).finish()
    assert(code === 0, text)
    text.linesIterator.toSeq
  }

  test("what is meant is left out, and all else printed: what came before, meanwhile and after") {
    val lines = printed()
    assert(lines.head === "before")
    assert(lines.slice(1, 4) === Seq("native", "Java, größe", "half a line after"))
    assert(lines.last === "false", "a file is no terminal")
  }

  test("also if what is done fails") {
    assert(
      printed("fails").slice(1, 5) ===
        Seq("native", "Java, größe", "half a line and failed", " after")
    )
  }
}
