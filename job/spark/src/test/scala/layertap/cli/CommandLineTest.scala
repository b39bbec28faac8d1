package layertap.cli

import java.nio.file.Files
import layertap.report.Version
import layertap.failure.FailureKind
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

  test("--version goes to standard output, and nothing to the log") {
    assert(Command.run("--version") === Command(0, s"layertap ${Version.current}\n", ""))
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
        "cannot use the configuration: --set run.batchsize: run.batchsize is no key of layertap;" +
        " the nearest is 'batch-size'"
    )
  }

  test("--set overrides the file, and the last one wins") {
    JobFolder.use { folder =>
      folder.extracted(digits, "--set", "input.where=id < 9", "--set=input.where=id < 2")
      assert(folder.rows.count() === 2)
    }
  }

  test("--limit reads so many rows, none if it is 0, and the last one counts") {
    Seq(Seq("--limit", "3") -> 3, Seq("--limit=0") -> 0, Seq("--limit", "1", "--limit=2") -> 2)
      .foreach { case (limit, count) =>
        JobFolder.use { folder =>
          folder.extracted(digits, limit: _*)
          assert(folder.rows.count() === count)
          assert(folder.manifest.get("complete").asBoolean === false)
        }
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

  Seq(
    Seq(
      "plan",
      "no.conf",
      "--debug"
    ) -> "cannot read no.conf: there is no such file; check the path",
    Seq(
      "--debug",
      "plan",
      "no.conf"
    ) -> "cannot read no.conf: there is no such file; check the path",
    Seq("plan", "--debug") -> "plan needs a CONF; see layertap plan --help"
  ).foreach { case (arguments, message) =>
    test(s"--debug adds the stack trace of an error: ${arguments.mkString(" ")}") {
      val command = Command.run(arguments: _*)
      assert(command.code === 2)
      assert(command.log.contains("\tat layertap"), command.log)
      assert(command.lastLine === s"layertap: exit 2: $message")
    }
  }

  test("exit codes tell whose failure it is") {
    val codes = ExitCode.values.map(code => code.name -> code.number).toMap
    assert(codes === Map("DONE" -> 0, "INTERNAL" -> 1, "USER" -> 2, "ENVIRONMENT" -> 3))
    FailureKind.values.foreach(kind => assert(ExitCode.of(kind).name === kind.name))
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
