package layertap.cli

import java.nio.file.Files
import layertap.report.Version
import layertap.testing.Command
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite

/** Exit codes, streams and messages of command lines. */
class CommandLineTest extends AnyFunSuite {
  private val digits =
    """model { path = test-data/models/digits_keras3 }
      |input { format = parquet, path = test-data/digits, keep = [id], where = "id < 4" }
      |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
      |features = [softmax]""".stripMargin

  /** The message of a user's error, in one line at the end of an otherwise empty log. */
  private def refused(arguments: String*): String = {
    val command = Command.run(arguments: _*)
    assert(command.code === 2, command.log)
    assert(command.out === "")
    assert(command.log.startsWith("layertap: exit 2: "), command.log)
    assert(!command.log.contains("\tat "), command.log)
    command.message
  }

  test("--version and --help go to standard output, the last line to the log") {
    val version = Command.run("--version")
    assert(version === Command(0, s"layertap ${Version.current}\n", "layertap: exit 0: done\n"))
    Seq("--help", "-h", "help").foreach { option =>
      val help = Command.run(option)
      assert(help.code === 0)
      Seq("extract CONF", "plan CONF", "inspect MODEL", "--set K=V", "--limit N").foreach { part =>
        assert(help.out.contains(part))
      }
    }
  }

  test("a command line that makes no sense says what does") {
    assert(refused() === "no command is given; see layertap --help")
    assert(
      refused("extrakt") === "'extrakt' is no command; the nearest is extract; see layertap --help"
    )
    assert(refused("plan") === "plan wants a CONF; see layertap --help")
    assert(refused("inspect", "--json") === "inspect wants a MODEL; see layertap --help")
    assert(
      refused("plan", "a", "b") === "plan takes one CONF, but 'b' is a second; see layertap --help"
    )
    assert(
      refused("extract", "a", "--limt", "3") ===
        "extract has no option --limt; the nearest is --limit; see layertap --help"
    )
    assert(
      refused("extract", "a", "--limit") === "extract --limit wants a value; see layertap --help"
    )
    Seq("-1", "x", "1.5", "12345678901").foreach { number =>
      assert(
        refused("extract", "a", "--limit", number) ===
          s"extract --limit wants a number, not '$number'; see layertap --help"
      )
    }
  }

  test("a file that is not there, or none") {
    Seq("extract", "plan").foreach { command =>
      assert(
        refused(command, "no.conf") === "cannot read no.conf: there is no such file; check the path"
      )
    }
    assert(refused("plan", "conf") === "cannot read conf: it is a directory; name a file")
    assert(refused("plan", "x:y z").startsWith("cannot use the path 'x:y z': "))
    assert(
      refused("inspect", "no/model") ===
        "cannot read the model no/model: there is no such directory; check model.path"
    )
    assert(
      refused("inspect", "conf") ===
        "cannot read the model conf: it is not a SavedModel, it has no saved_model.pb but" +
        " digits.conf, events.conf, middle-first.conf, middle-second.conf, photos.conf; name the" +
        " directory that model.export(…), model.save(…) or tf.saved_model.save(…) wrote"
    )
  }

  test("unknown keys: all of them, each with file, line and the nearest key") {
    JobFolder.use { folder =>
      val command = folder.extract(s"$digits\nouput.key = id\nrows.max-invald = 1")
      assert(command.code === 2)
      val file = folder.path.resolve("job.conf")
      assert(
        command.log.linesIterator.toSeq === Seq(
          s"  $file:7: rows.max-invald is no key of layertap; the nearest is 'max-invalid'",
          s"  $file:6: ouput is no key of layertap; the nearest is 'output'",
          "layertap: exit 2: cannot use the configuration: 2 problems; see the lines above"
        )
      )
    }
    assert(
      refused("plan", "conf/digits.conf", "--set", "run.batchsize=3") ===
        "cannot use the configuration: --set run.batchsize=3: run.batchsize is no key of layertap;" +
        " the nearest is 'batch-size'"
    )
  }

  test("--set overrides the file, and the last one wins") {
    JobFolder.use { folder =>
      folder.extracted(digits, "--set", "input.where=id < 9", "--set", "input.where=id < 2")
      assert(folder.rows.count() === 2)
    }
  }

  test("extract: counts and rate on standard output, progress and the exit in the log") {
    JobFolder.use { folder =>
      val command = folder.extract(digits)
      assert(command.code === 0, command.log)
      val line =
        ".*: 4 rows read, 4 written, 0 skipped, 0 invalid; [\\d.]+ s, [\\d.]+ rows/s on 2 cores\n"
      assert(command.out.matches(line), command.out)
      assert(command.out.startsWith(folder.output.toString))
      assert(command.lastLine === "layertap: exit 0: done")
    }
  }

  test("a feed that no feature needs is a warning") {
    JobFolder.use { folder =>
      val feeds =
        "feeds=[{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }," +
          " { output-of = bn1, column = pixels, tensor {} }]"
      val command = folder.extract(digits, "--set", feeds, "--set", "features=[conv1]")
      assert(command.code === 0, command.log)
      assert(
        command.log.linesIterator.contains(
          "layertap: warning: no feature needs the feed output-of = bn1; it is not read"
        ),
        command.log
      )
    }
  }

  test("--debug adds the stack trace of an error") {
    val command = Command.run("plan", "no.conf", "--debug")
    assert(command.code === 2)
    assert(command.log.contains("\tat layertap"), command.log)
    assert(command.lastLine.startsWith("layertap: exit 2: cannot read no.conf"))
  }

  test("exit codes tell whose fault it is") {
    val codes = ExitCode.values.map(code => code -> code.number).toMap
    assert(codes.values.toSeq.sorted === Seq(0, 1, 2, 3))
    assert(ExitCode.of(new java.io.UncheckedIOException(new java.io.IOException)).number === 3)
    assert(ExitCode.of(new IllegalStateException).number === 1)
    assert(ExitCode.of(new OutOfMemoryError).number === 1)
  }

  test("an output on storage that cannot be written: exit 3 and the storage's words") {
    JobFolder.use { folder =>
      val file = Files.writeString(folder.path.resolve("file"), "")
      val command = folder.extract(digits, "--set", s"output.path=$file/below/out")
      assert(command.code === 3, command.log)
      assert(command.message.contains(file.toString), command.log)
      assert(!command.log.contains("\tat "), command.log)
    }
  }
}
