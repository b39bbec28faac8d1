package layertap.model.saved

import layertap.failure.UserException
import java.io.{FileNotFoundException, UncheckedIOException}
import java.nio.file.{Files, Path}
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class LocalModelFilesTest extends AnyFunSuite {
  private def write(folder: Path, name: String, text: String): Unit = {
    Files.createDirectories(folder.resolve(name).getParent)
    Files.writeString(folder.resolve(name), text)
  }

  private def list(folder: Path): Seq[(String, Long)] =
    new LocalModelFiles(folder).list().asScala.toSeq.map(file => file.path -> file.length)

  test("all files below, sorted, with their lengths") {
    TempFolder.use { folder =>
      Seq("variables/variables.index" -> "12", "saved_model.pb" -> "1", "assets/b" -> "")
        .foreach { case (name, text) => write(folder, name, text) }
      assert(
        list(folder) ===
          Seq("assets/b" -> 0, "saved_model.pb" -> 1, "variables/variables.index" -> 2)
      )
    }
  }

  private def link(folder: Path, name: String, to: String): Path = {
    Files.createDirectories(folder.resolve(name).getParent)
    Files.createSymbolicLink(folder.resolve(name), Path.of(to))
  }

  private def refused(folder: Path): String =
    intercept[UserException](list(folder)).getMessage

  test("a model behind a link, and links inside of one") {
    TempFolder.use { folder =>
      write(folder, "v3/saved_model.pb", "1")
      write(folder, "v3/blobs/index", "12")
      link(folder, "v3/variables", "blobs")
      link(folder, "v3/assets/words", "../blobs/index")
      val latest = link(folder, "latest", folder.resolve("v3").toString)
      val files = Seq("assets/words" -> 2, "blobs/index" -> 2) ++
        Seq("saved_model.pb" -> 1, "variables/index" -> 2)
      assert(list(latest) === files)
      assert(list(folder.resolve("v3")) === files)
      assert(new LocalModelFiles(latest).exists)
    }
  }

  test("files of a cache of models, which links lead to") {
    TempFolder.use { folder =>
      write(folder, "blobs/0123", "1")
      link(folder, "model/saved_model.pb", "../blobs/0123")
      link(folder, "model/variables/variables.index", "../../blobs/0123")
      val model = folder.resolve("model")
      assert(list(model) === Seq("saved_model.pb" -> 1, "variables/variables.index" -> 1))
      assert(new String(new LocalModelFiles(model).read("saved_model.pb", 0, 1)) === "1")
    }
  }

  test("variables on another disk, but nothing else of it") {
    TempFolder.use { folder =>
      write(folder, "model/saved_model.pb", "1")
      write(folder, "disk/variables.index", "12")
      link(folder, "model/variables", "../disk")
      val model = folder.resolve("model")
      assert(list(model) === Seq("saved_model.pb" -> 1, "variables/variables.index" -> 2))
      write(folder, "disk/home/key", "1")
      assert(refused(model).contains("its link variables/home leads out of the model's folder"))
    }
  }

  Seq("a file" -> "../secret/key", "a folder" -> "../secret", "all of the disk" -> "/").foreach {
    case (what, target) =>
      test(s"a link to $what outside of the model: refused, and not gone into") {
        TempFolder.use { folder =>
          write(folder, "secret/key", "1")
          write(folder, "model/saved_model.pb", "1")
          val assets = Path.of("assets").resolve("words").toString
          val to = if (target.startsWith("..")) s"../$target" else target
          link(folder, s"model/$assets", to)
          assert(
            refused(folder.resolve("model")) === s"cannot read the model $folder/model: its link" +
              " assets/words leads out of the model's folder; if you trust it, copy the model with" +
              " what its links lead to (cp -rL)"
          )
        }
      }
  }

  test("a folder whose name begins like the model's is outside of it") {
    TempFolder.use { folder =>
      write(folder, "model/saved_model.pb", "1")
      write(folder, "model2/words", "1")
      link(folder, "model/assets", "../model2")
      assert(refused(folder.resolve("model")).contains("its link assets leads out"))
    }
  }

  test("a link that leads around in a circle, one that leads nowhere") {
    TempFolder.use { folder =>
      write(folder, "saved_model.pb", "1")
      link(folder, "gone", "nowhere")
      assert(list(folder) === Seq("saved_model.pb" -> 1))
      link(folder, "assets/again", "..")
      assert(
        refused(folder) === s"cannot read the model $folder: its link assets/again leads to a" +
          " folder around it; remove it"
      )
    }
  }

  test("a range of a file") {
    TempFolder.use { folder =>
      write(folder, "data", "0123456789")
      val files = new LocalModelFiles(folder)
      assert(new String(files.read("data", 3, 4)) === "3456")
      assert(files.read("data", 10, 0).isEmpty)
    }
  }

  test("a range beyond the end") {
    TempFolder.use { folder =>
      write(folder, "data", "0123456789")
      val e = intercept[UncheckedIOException](new LocalModelFiles(folder).read("data", 8, 3))
      assert(e.getMessage === s"cannot read bytes 8 to 11 of $folder/data")
      assert(e.getCause.getMessage === "it ends at byte 10")
    }
  }

  test("a file that is not there") {
    TempFolder.use { folder =>
      val e = intercept[UncheckedIOException](new LocalModelFiles(folder).read("gone", 0, 1))
      assert(e.getCause.isInstanceOf[FileNotFoundException])
    }
  }

  test("a folder that is not there, and a file in its place") {
    TempFolder.use { folder =>
      write(folder, "file", "")
      assert(!LocalModelFiles.at(s"$folder/gone").exists)
      assert(!LocalModelFiles.at(s"$folder/file").exists)
      assert(LocalModelFiles.at(s"$folder/file").location === s"$folder/file")
    }
  }
}
