package layertap.cli

import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.testing.{Command, JavaProcess, JobFolder}
import org.scalatest.funsuite.AnyFunSuite

/** All that commands print in local mode, line by line: what neither layertap nor its user says is
  * not among it.
  */
class QuietTest extends AnyFunSuite {
  private val number = "[\\d,.]+"

  /** Lines of a job that ends well, but for those of progress, which may come or not. */
  private def ofJob(folder: JobFolder): Seq[String] = Seq(
    s"layertap: reads test-data/digits \\(parquet\\): 1 file, $number bytes; feeds pixels to input =" +
      " pixels float32 \\(8, 8, 1\\)",
    s"layertap: runs $number of $number ops of test-data/models/digits_keras3 in batches of 8" +
      ", with kernels = \\w+, threads-per-op = 1, graph = fast, precision = float32",
    s"layertap: writes softmax float32 \\(10\\) to ${folder.output}: new; run \\w{8}",
    "layertap: fed on the first 1[56] rows: input = pixels from 0 to 1, mean 0\\.\\d+"
  )

  private val progress =
    s"layertap: $number rows, $number rows/s, 0 invalid, \\d of 1 tasks done" +
      "(, \\d failed)?(, about .* left)?"

  private val done = "layertap: exit 0: done"

  /** Runs a command as a user does: no variable of the environment quietens TensorFlow. */
  private def printed(options: String*)(arguments: String*): (Int, Seq[String]) = {
    val variables = Map[String, Option[String]]("TF_CPP_MIN_LOG_LEVEL" -> None)
    val (code, text) = JavaProcess.layertapWith(variables, options, arguments: _*).finish()
    (code, text.linesIterator.toSeq)
  }

  private def requireLines(found: Seq[String], patterns: Seq[String]): Unit = {
    val lines = found.filterNot(_.matches(progress))
    assert(lines.size === patterns.size, lines.mkString("\n", "\n", ""))
    lines.zip(patterns).foreach { case (line, pattern) => assert(line.matches(pattern)) }
  }

  private def extract(folder: JobFolder, settings: String*): (Int, Seq[String]) = {
    val all =
      set(s"output.path=${folder.output}") ++ set("input.where=id < 20") ++ set(settings: _*)
    printed()(Seq("extract", folder.write(Digits.job()).toString) ++ all: _*)
  }

  test(
    "a job: its plan in three lines, the range of its first rows, progress, its counts, how it ended"
  ) {
    JobFolder.use { folder =>
      val (code, lines) = extract(folder, "run.progress-seconds=1")
      assert(code === 0, lines)
      val counts = s"${folder.output}: 20 rows read, 20 written, 0 skipped, 0 invalid; $number s," +
        s" $number rows/s on 2 cores"
      requireLines(lines, ofJob(folder) ++ Seq(counts, done))
    }
  }

  test("a job that fails in a task: its plan, and the reason in the last line") {
    JobFolder.use { folder =>
      val (code, lines) =
        extract(folder, "input.select.pixels=if(id = 3, array(cast(1 as float)), pixels)")
      assert(code === 2, lines)
      val reason = "layertap: exit 2: cannot extract the row id=3: .*"
      requireLines(lines, ofJob(folder) :+ reason)
    }
  }

  test("a command that is refused says so in one line; with --debug the stack trace is above it") {
    JobFolder.use { folder =>
      val file = folder.write(Digits.job()).toString
      val plan = Seq("plan", file) ++ set("input.keep=[idd]", s"output.path=${folder.output}")
      val reason = "layertap: exit 2: cannot read the column 'idd' that input.keep names: .*"
      val (code, lines) = printed()(plan: _*)
      assert(code === 2, lines)
      requireLines(lines, Seq(reason))
      val (_, traced) = printed()(plan :+ "--debug": _*)
      assert(traced.last.matches(reason))
      assert(traced.init.head.startsWith("layertap.failure.UserException "))
      assert(traced.init.tail.forall(_.matches("\\s+(at|\\.\\.\\.) .*")), traced.mkString("\n"))
    }
  }

  test("plan prints its results and nothing else") {
    JobFolder.use { folder =>
      val file = folder.write(Digits.job()).toString
      val plan = Seq("plan", file) ++ set(s"output.path=${folder.output}")
      val (code, lines) = printed()(plan: _*)
      assert(code === 0, lines)
      assert(lines === Command.run(plan: _*).out.linesIterator.toSeq)
    }
  }

  test("--verbose adds what Spark and TensorFlow log by themselves") {
    JobFolder.use { folder =>
      val file = folder.write(Digits.job()).toString
      val settings =
        set("run.trial-seconds=0", "input.where=id < 4", s"output.path=${folder.output}")
      val (code, lines) = printed()(Seq("extract", file, "--verbose") ++ settings: _*)
      assert(code === 0, lines)
      assert(lines.exists(_.matches("\\S+ INFO SparkContext: Running Spark version .*")), lines)
      assert(lines.exists(_.contains(" I tensorflow/")), lines)
      assert(lines.exists(_.startsWith("layertap: writes softmax ")), lines)
    }
  }
}
