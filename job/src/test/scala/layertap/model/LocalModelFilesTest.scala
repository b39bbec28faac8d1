package layertap.model

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

  test("a model behind a link, and a part of one") {
    TempFolder.use { folder =>
      write(folder, "v3/saved_model.pb", "1")
      write(folder, "shared/variables.index", "12")
      Files.createSymbolicLink(folder.resolve("v3/variables"), folder.resolve("shared"))
      val latest = Files.createSymbolicLink(folder.resolve("latest"), folder.resolve("v3"))
      assert(list(latest) === Seq("saved_model.pb" -> 1, "variables/variables.index" -> 2))
      assert(new LocalModelFiles(latest).exists)
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
