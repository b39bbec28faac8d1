package layertap.extract.serving

import java.net.URI
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.file.{FileSystem, FileSystems, Files, Path}
import java.util.{Map => JavaMap}
import layertap.extract.Extractor
import layertap.failure.{ConfigProblemException, UserException}
import layertap.testing.{JavaProcess, TempFolder}
import org.scalatest.funsuite.AnyFunSuite
import scala.util.Using

/** Where a model and a configuration lie that an extractor is opened with. */
class ExtractorFilesTest extends AnyFunSuite {

  private val model = Path.of("test-data/models/digits_keras2").toAbsolutePath
  private val configured = s"""layertap {
    model { path = "$model" }
    feeds = [ { input = pixels, column = pixels, tensor { shape = [8, 8, 1] } } ]
    features = [ bn1 ]
  }"""

  private def inZip(test: (FileSystem, URI) => Unit): Unit = TempFolder.use { folder =>
    val zip = folder.resolve("some models.zip").toUri
    Using.resource(
      FileSystems.newFileSystem(URI.create(s"jar:$zip"), JavaMap.of("create", "true"))
    )(
      test(_, zip)
    )
  }

  test("a model in a zip file is refused, also where its path leads to one of this machine") {
    inZip { (files, zip) =>
      Files.createDirectories(files.getPath(model.toString))
      assert(
        intercept[UserException](
          Extractor.builder.model(files.getPath(model.toString))
        ).getMessage === s"cannot read the model jar:$zip!$model: it is not in this machine's own file system; " +
          "copy it there"
      )
    }
  }

  test("a configuration in a zip file includes those beside it, not those of this machine") {
    inZip { (files, zip) =>
      val folder = Files.createDirectories(files.getPath("/conf"))
      Files.writeString(folder.resolve("all.conf"), "include \"own/one.conf\"")
      Files.createDirectory(folder.resolve("own"))
      Files.writeString(folder.resolve("own/one.conf"), configured)
      Using.resource(Extractor.open(folder.resolve("all.conf"))) { extractor =>
        assert(extractor.features === java.util.List.of("bn1"))
      }
      Seq("own one.conf", "100%.conf", "50%20.conf", "größe#?.conf").foreach { name =>
        val beside = Files.createDirectories(files.getPath("/a conf"))
        Files.writeString(beside.resolve("all.conf"), s"include \"$name\"")
        Files.writeString(beside.resolve(name), configured)
        Using.resource(Extractor.open(beside.resolve("all.conf"))) { extractor =>
          assert(extractor.features === java.util.List.of("bn1"), name)
        }
      }
      // This one is there on any machine.
      val other = Files.writeString(files.getPath("/x.conf"), "include \"/etc/hosts\"")
      val words = intercept[ConfigProblemException](Extractor.open(other)).getMessage
      assert(words.contains("cannot include '/etc/hosts': there is no file jar:"), words)
    }
  }

  test("a configuration that is not in UTF-8 is refused as in a job") {
    TempFolder.use { folder =>
      val file = folder.resolve("latin.conf")
      Files.write(file, configured.replace("bn1", "b\u00f61").getBytes(ISO_8859_1))
      val words = intercept[ConfigProblemException](Extractor.open(file)).getMessage
      assert(
        words.contains("it has a character that is not of UTF-8; save the file in UTF-8"),
        words
      )
    }
  }

  test("names that Java does not have without a locale are refused with what helps") {
    val (code, printed) =
      JavaProcess
        .startWith(
          Map("LC_ALL" -> Some("C"), "LANG" -> None),
          NamesWithoutLocale.getClass.getName.stripSuffix("$"),
          Seq("-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8")
        )
        .finish()
    assert(code === 0, printed)
    val why =
      ".*Java, which started in the encoding \\S+, has no such name; set LC_ALL=C.UTF-8 before Java starts.*"
    val lines = printed.linesIterator.filter(_.startsWith("refused ")).toSeq
    assert(lines.size === 3 && lines.forall(_.matches(why)), printed)
    assert(lines.head.startsWith("refused cannot read model.path = "), printed)
    assert(lines.last.startsWith("refused 'm\u00f6del.jpg' is no path: "), printed)
  }
}

/** Asks for files whose names are not in ASCII. */
object NamesWithoutLocale {
  def main(arguments: Array[String]): Unit = {
    val name = "m\u00f6del"
    Seq[() => Any](
      () => Extractor.builder.set("model.path", name).feature("x").open(),
      () => Extractor.builder.configuration(s"include \"$name.conf\"").open(),
      () => new LocalNamedFiles().read(s"$name.jpg")
    ).foreach { action =>
      try println(s"opened ${action()}")
      catch {
        case refused: Exception =>
          println(s"refused ${refused.getMessage.linesIterator.mkString(" ")}")
      }
    }
  }
}
