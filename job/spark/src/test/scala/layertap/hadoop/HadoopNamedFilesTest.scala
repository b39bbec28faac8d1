package layertap.hadoop

import layertap.failure.{BadRowException, UserException}
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite

class HadoopNamedFilesTest extends AnyFunSuite {
  private val configuration = new Configuration(false)
  configuration.set("fs.gone.impl", "no.such.FileSystem")
  private val files = new HadoopNamedFiles(configuration)

  test("storage whose classes are not there ends the job: no row is to blame") {
    assert(
      intercept[UserException](files.read("gone://b/x.jpg")).getMessage ===
        "cannot reach gone://b/x.jpg: nothing on the class path reads gone://; is the scheme right?" +
        " s3 is read as s3a://"
    )
  }

  test("a name that is none, or of nothing, makes a bad row") {
    Seq(
      "" -> "'' is no path",
      "a:b:c" -> "'a:b:c' is no path",
      "other://b/x.jpg" -> "no file system reads 'other://b/x.jpg'",
      "/no/such.jpg" -> "there is no file '/no/such.jpg'",
      "/a\u0000b" -> "there is no file '/a\u0000b'",
      "/" -> "'/' is a directory"
    ).foreach { case (name, reason) =>
      assert(intercept[BadRowException](files.read(name)).getMessage === reason)
    }
  }
}
