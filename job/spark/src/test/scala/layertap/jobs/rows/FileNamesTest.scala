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
