package layertap.hadoop

import java.nio.file.{Files, Path}
import layertap.failure.UserException
import layertap.testing.TempFolder
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.scalatest.funsuite.AnyFunSuite

class LocalLinksTest extends AnyFunSuite {
  private def followed(path: Path): String =
    LocalLinks.followed(new HadoopPath("file", null, path.toString)).toString

  test("links are followed, also those that lead nowhere yet, and links above what is not there") {
    TempFolder.use { folder =>
      val real = folder.toRealPath()
      val disk = Files.createDirectories(real.resolve("disk/a"))
      val link = Files.createSymbolicLink(real.resolve("link"), Path.of("disk/a"))
      val twice = Files.createSymbolicLink(real.resolve("twice"), link)
      val dangling = Files.createSymbolicLink(real.resolve("dangling"), Path.of("disk/new"))
      assert(followed(link) === s"file:$disk")
      assert(followed(twice) === s"file:$disk")
      assert(followed(twice.resolve("x/y z")) === s"file:$disk/x/y z")
      assert(followed(dangling) === s"file:$real/disk/new")
      assert(followed(dangling.resolve("out")) === s"file:$real/disk/new/out")
      assert(followed(real.resolve("none")) === s"file:$real/none")
    }
  }

  test("links in a circle are refused, and other file systems are left as they are") {
    TempFolder.use { folder =>
      val one = folder.resolve("one")
      Files.createSymbolicLink(one, Path.of("two"))
      Files.createSymbolicLink(folder.resolve("two"), Path.of("one"))
      val message = intercept[UserException](followed(one)).getMessage
      assert(message.endsWith("its links lead in a circle; name a directory"), message)
    }
    val object_ = new HadoopPath("s3a://bucket/x")
    assert(LocalLinks.followed(object_) === object_)
  }
}
