package layertap.cli

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import layertap.testing.Command
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The script that `layertap completion` prints, in bash. */
class CompletionCommandTest extends AnyFunSuite {
  private lazy val script = {
    val command = Command.run("completion")
    assert(command.code === 0, command.log)
    assert(command.log === "")
    command.out
  }

  /** What a program of bash, run in a folder, prints. */
  private def bash(folder: Path, arguments: String*): String = {
    val process = new ProcessBuilder(("bash" +: arguments).asJava)
      .directory(folder.toFile)
      .redirectErrorStream(true)
      .start()
    val printed = new String(process.getInputStream.readAllBytes(), UTF_8)
    assert(process.waitFor() === 0, printed)
    printed
  }

  /** What bash offers at the end of a line. */
  private def completions(words: String*): Set[String] = TempFolder.use { folder =>
    Files.writeString(folder.resolve("completion"), script)
    val program =
      s"""compopt() { :; } # which works in a completion only
         |source ./completion
         |COMP_WORDS=("$$@")
         |COMP_CWORD=$$(($$# - 1))
         |COMP_LINE="$$*"
         |_complete_layertap
         |printf '%s\\n' "$${COMPREPLY[@]}"
         |""".stripMargin
    bash(folder, Seq("-c", program, "bash", "layertap") ++ words: _*).linesIterator
      .filter(_.nonEmpty)
      .toSet
  }

  test("bash accepts it") {
    TempFolder.use { folder =>
      Files.writeString(folder.resolve("completion"), script)
      assert(bash(folder, "-n", "completion") === "")
    }
  }

  test("every command is offered, and every option of each") {
    val parser = LayertapCommand.parser(System.out, System.err)
    val commands = parser.getSubcommands.asScala
    assert(completions("") === commands.keySet)
    assert(completions("-") === names(parser))
    commands.foreach { case (name, command) =>
      assert(completions(name, "-") === names(command), name)
    }
  }

  private def names(command: picocli.CommandLine): Set[String] =
    command.getCommandSpec.options.asScala.flatMap(_.names).toSet

  test("a word that is begun is completed") {
    assert(completions("ins") === Set("inspect"))
    assert(completions("inspect", "model", "--t") === Set("--tags", "--topology", "--tensors"))
    assert(completions("extract", "a.conf", "--set", "a=b", "--li") === Set("--limit"))
  }

  test("where a path is meant, file names are left to the shell") {
    assert(completions("extract", "") === Set())
    assert(completions("inspect", "--topology", "") === Set())
    assert(
      script.linesIterator.exists(
        _.startsWith("complete -F _complete_layertap -o default layertap ")
      )
    )
    assert(!script.contains("compopt +o"))
  }
}
