package layertap.jobs.rows

import java.nio.file.Files
import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.testing.{JavaProcess, JobFolder, TestData}
import org.scalatest.funsuite.AnyFunSuite

/** Names of local files in the locale of a bare container: Hadoop passes over files whose names
  * Java cannot read, and their rows were lost without a word.
  */
class FileNamesTest extends AnyFunSuite {
  private val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
  private val bare = Map("LC_ALL" -> Some("C"), "LANG" -> None)

  private def run(folder: JobFolder, job: String, settings: String*): (Int, String) =
    runIn(bare, folder, job, settings: _*)

  private def runIn(
      locale: Map[String, Option[String]],
      folder: JobFolder,
      job: String,
      settings: String*
  ): (Int, String) = {
    val arguments = set(s"output.path=${folder.output}", "run.trial-seconds=0") ++ set(settings: _*)
    JavaProcess
      .layertapWith(locale, Nil, "extract" +: folder.write(job).toString +: arguments: _*)
      .finish()
  }

  private def assertRefused(folder: JobFolder, ended: (Int, String), file: String): Unit = {
    val (code, log) = ended
    // In that locale Java may print ? for what is not ASCII.
    val last = log.linesIterator.toSeq.last.replace('?', 'ä')
    val path = s"${folder.path.resolve("in")}/$file"
    assert(code === 2, log)
    assert(
      last === s"layertap: exit 2: cannot read the input: the name of $path is not in the encoding" +
        " ANSI_X3.4-1968, in which Java reads names of files, so that it would be left out; set" +
        " LC_ALL=C.UTF-8 before Java starts, or rename it"
    )
    assert(!Files.exists(folder.output))
  }

  test("image files: one whose name is not ASCII is refused, unless it is not meant") {
    JobFolder.use { folder =>
      val in = Files.createDirectories(folder.path.resolve("in/b"))
      Files.write(in.resolve("a.png"), photo)
      Files.write(in.resolve("ä.png"), photo)
      val job =
        s"""model.path = test-data/models/any_size_keras3
           |input { path = "${in.getParent}", keep = path }
           |feeds = [{ input = image, column = content, image { fit = none } }]
           |features = mean""".stripMargin
      assertRefused(folder, run(folder, job), "b/ä.png")
      val (code, log) = run(folder, job, "input.options.pathGlobFilter=a*")
      assert(code === 0, log)
      assert(folder.rows.count() === 1)
    }
  }

  test("what a pattern stands for, and not its neighbours") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in")
      Seq("b", "c").foreach(name => Files.createDirectories(in.resolve(name)))
      Files.write(in.resolve("b/a.png"), photo)
      Files.write(in.resolve("b/ä.png"), photo)
      Files.write(in.resolve("c/a.png"), photo)
      def job(pattern: String) =
        s"""model.path = test-data/models/any_size_keras3
           |input { format = image-files, path = "$in/$pattern", keep = path }
           |feeds = [{ input = image, column = content, image { fit = none } }]
           |features = mean""".stripMargin
      assertRefused(folder, run(folder, job("{c/*,b/?.png}")), "b/ä.png")
      val (code, log) = run(folder, job("*/a.*"))
      assert(code === 0, log)
      assert(folder.rows.count() === 2)
    }
  }

  test("files of other formats, and what is in a folder of such a name") {
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in", "id < 4", 1)
      val files = Files.list(folder.path.resolve("in"))
      val file =
        try files.filter(_.toString.endsWith(".parquet")).findFirst.get
        finally files.close()
      Files.copy(file, Files.createDirectory(folder.path.resolve("in/t=ä")).resolve("part.parquet"))
      assertRefused(folder, run(folder, Digits.job(in)), "t=ä/part.parquet")
      // Spark reads no folder that is no partition.
      Files.move(folder.path.resolve("in/t=ä"), folder.path.resolve("in/ä"))
      val (code, log) = run(folder, Digits.job(in))
      assert(code === 0, log)
    }
  }

  /** In that locale Java prints ? for what is not ASCII. */
  private def refusal(ended: (Int, String)): String = {
    val (code, log) = ended
    assert(code === 2, log)
    assert(!log.contains("\tat "), log)
    log.linesIterator.toSeq.last.stripPrefix("layertap: exit 2: ")
  }

  private val unnamed =
    "Java, which started in the encoding ANSI_X3.4-1968, has no such name; set LC_ALL=C.UTF-8" +
      " before Java starts (for executors spark.executorEnv.LC_ALL)"

  test("paths of the configuration that Java has no name for") {
    JobFolder.use { folder =>
      Seq("model.path", "model.topology", "input.path", "output.path").foreach { key =>
        val job = s"output.path = x\n${Digits.job()}" + s"\n$key = \"${folder.path}/ä\""
        val arguments = Seq("plan", folder.write(job).toString)
        val ended = JavaProcess.layertapWith(bare, Nil, arguments: _*).finish()
        assert(
          refusal(ended).replace('?', 'ä') === s"cannot use the path ${folder.path}/ä: $unnamed"
        )
      }
    }
  }

  test("arguments that Java reads with losses, of which no value is shown") {
    JobFolder.use { folder =>
      val unread =
        "it has bytes that are not in the encoding ANSI_X3.4-1968, in which Java started;" +
          " set LC_ALL=C.UTF-8 before that"
      def of(words: String*): String = refusal(
        JavaProcess.layertapWith(bare, Nil, words: _*).finish()
      )
      val file = folder.write(Digits.job()).toString
      assert(
        of("plan", file, "--set", "input.where=label = 'ä'") ===
          s"cannot read the argument 'input.where=…': $unread"
      )
      val path = of("inspect", "ä")
      assert(path.startsWith("cannot read the argument '") && path.endsWith(s"': $unread"), path)
    }
  }

  test("a variable that Java reads with losses, where the configuration uses it") {
    JobFolder.use { folder =>
      val locale = bare + ("WANTED" -> Some("ä"))
      def of(where: String): String = {
        val job = s"output.path = ${folder.output}\n${Digits.job()}\ninput.where = $where"
        val words = Seq("plan", folder.write(job).toString)
        refusal(JavaProcess.layertapWith(locale, Nil, words: _*).finish())
      }
      val message = of("${WANTED}\" = label\"")
      assert(message.contains(": the variable WANTED cannot be used: it has bytes that"), message)
      assert(of("nope").startsWith("cannot use the expression of input.where"))
    }
  }

  test("folders of values that Java has no name for") {
    JobFolder.use { folder =>
      val job = Digits.job() + "\ninput { where = \"id < 4\", select { s = \"'ä'\" } }" +
        "\ninput.keep = [id, s]\noutput.partition-by = [s]"
      val message = refusal(run(folder, job))
      assert(message.startsWith("cannot use the path "), message)
      assert(message.endsWith(s": $unnamed"), message)
      assert(!Files.exists(folder.output))
    }
  }

  test("a name in another encoding than that of the locale") {
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in", "id < 4", 1)
      val copy = "cp \"$0\"/*.parquet \"$0\"/$'\\xe4.parquet'"
      assert(new ProcessBuilder("bash", "-c", copy, in).inheritIO().start().waitFor() === 0)
      val (code, log) = runIn(Map("LC_ALL" -> Some("C.UTF-8")), folder, Digits.job(in))
      assert(code === 2, log)
      val words =
        s"the name of $in/\uFFFD.parquet is not in the encoding UTF-8, in which Java reads" +
          " names of files, so that it would be left out; rename it"
      assert(log.linesIterator.toSeq.last === s"layertap: exit 2: cannot read the input: $words")
    }
  }
}
