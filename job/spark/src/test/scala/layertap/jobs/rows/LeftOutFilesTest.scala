package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.testing.JobFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Files of an input of images that are no rows: told, and counted. */
class LeftOutFilesTest extends AnyFunSuite {
  private val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))

  private def job(paths: String, options: String = ""): String =
    s"""model.path = test-data/models/any_size_keras3
       |input { path = $paths, keep = path, options { $options } }
       |feeds = [{ input = image, column = content, image { fit = none } }]
       |features = mean
       |rows.on-invalid = skip
       |output.mode = overwrite""".stripMargin

  private def write(folder: JobFolder, names: String*): Path = {
    val in = folder.path.resolve("in")
    names.foreach { name =>
      Files.createDirectories(in.resolve(name).getParent)
      Files.write(in.resolve(name), photo)
    }
    in
  }

  /** Names of the rows, the line of the log, the number in the manifest. */
  private def run(folder: JobFolder, job: String): (Set[String], Option[String], Int) = {
    val command = folder.extract(job)
    assert(command.code === 0, command.log)
    val names = folder.rows.collect().map(row => Path.of(row.getString(0)).getFileName.toString)
    val line = command.log.linesIterator.find(_.contains("left out"))
    (names.toSet, line, folder.manifest.get("input").get("files-left-out").asInt)
  }

  test("hidden names, names with _, files that are being copied, links that lead nowhere") {
    JobFolder.use { folder =>
      val in = write(
        folder,
        "a.png",
        "b/c.png",
        "b/_k=v.png",
        "_x.png",
        "b/.x.png",
        "x.png._COPYING_",
        "_tmp/d.png",
        "_tmp/e/f.png",
        ".git/_g"
      )
      Files.createSymbolicLink(in.resolve("good link.png"), in.resolve("a.png"))
      Files.createSymbolicLink(in.resolve("bad link.png"), Path.of("nowhere.png"))
      Files.createFile(in.resolve("_empty.png"))
      val (names, line, count) = run(folder, job(s"\"$in\""))
      assert(names === Set("a.png", "c.png", "_k=v.png", "good link.png"))
      assert(count === 8)
      assert(
        line === Some(
          "layertap: 8 files left out: .git/_g, _empty.png, _tmp/d.png, …; what begins with . or _ or" +
            " ends with ._COPYING_, and links that lead nowhere, are no rows"
        )
      )
      // What options leave out is meant so, and a folder that is named itself is read.
      assert(run(folder, job(s"\"$in\"", "pathGlobFilter = \"[a-c]*\""))._3 === 1)
      val named = run(folder, job(s"""["$in/_tmp", "$in/_x.png", "$in/b"]"""))
      assert(named._1 === Set("c.png", "_k=v.png", "d.png", "f.png"))
      assert(named._3 === 2)
      assert(named._2.get.startsWith("layertap: 2 files left out: .x.png, _x.png; what begins"))
    }
  }

  test("folders below are left out by an option, whatever the case of its letters") {
    JobFolder.use { folder =>
      val in = write(folder, "a.png", "b/c.png")
      Seq("recursiveFileLookup", "recursivefilelookup", "RECURSIVEFILELOOKUP").foreach { option =>
        val (names, _, _) = run(folder, job(s"\"$in\"", s"$option = false"))
        assert(names === Set("a.png"), option)
      }
    }
  }

  test("none: no line, and the number is 0; a file that is no image names the filter") {
    JobFolder.use { folder =>
      val in = write(folder, "a.png", "IMG_1.JPG")
      Files.writeString(in.resolve("notes.txt"), "notes")
      val (names, line, count) = run(folder, job(s"\"$in\""))
      assert((names, line, count) === ((Set("a.png", "IMG_1.JPG"), None, 0)))
      val samples = folder.manifest.get("invalid-samples").asScala.map(_.asText)
      val remedy = "to read files of such names only, set input.options { pathGlobFilter =" +
        " \"*.{jpg,jpeg,png,gif,bmp,webp,tif,tiff,JPG,JPEG,PNG,GIF,BMP,WEBP,TIF,TIFF}\" }"
      assert(samples.exists(_.endsWith(s"it starts with 'notes'; $remedy")), samples)
      val option = remedy.replaceFirst(".*\\{ (.*) }", "$1")
      assert(run(folder, job(s"\"$in\"", option))._1 === Set("a.png", "IMG_1.JPG"))
    }
  }
}
