package layertap.testing

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import layertap.cli.CommandRunner

/** What a command left: its exit code, its results, its log. */
final case class Command(code: Int, out: String, log: String) {
  def lastLine: String = log.linesIterator.toSeq.last

  /** The message of an error, after the exit code in the last lines. */
  def message: String =
    log.substring(log.lastIndexOf("layertap: exit")).split(": ", 3)(2).stripLineEnd
}

object Command {

  /** Runs a command line in this JVM. */
  def run(arguments: String*): Command = run(new ByteArrayOutputStream, arguments)

  /** The same; the first time that something is logged, the command waits for an action. */
  def run(logged: String, action: () => Unit, arguments: Seq[String]): Command = {
    val log = new ByteArrayOutputStream {
      private var isDone = false

      override def write(bytes: Array[Byte], start: Int, length: Int): Unit = {
        super.write(bytes, start, length)
        if (!isDone && toString(UTF_8).contains(logged)) {
          isDone = true
          action()
        }
      }
    }
    run(log, arguments)
  }

  private def run(log: ByteArrayOutputStream, arguments: Seq[String]): Command = {
    val out = new ByteArrayOutputStream
    val runner = new CommandRunner(stream(out), stream(log))
    val code = runner.run(arguments: _*)
    Command(code, out.toString(UTF_8), log.toString(UTF_8))
  }

  private def stream(bytes: ByteArrayOutputStream) = new PrintStream(bytes, true, UTF_8)
}
