package layertap.platform

import layertap.failure.{FailureKind, UserException}
import org.scalatest.funsuite.AnyFunSuite

class SparkVersionTest extends AnyFunSuite {
  private def version(text: String): SparkVersion = SparkVersion.parse(text).get

  private def warning(text: String): Option[String] =
    Option(version(text).requireSupported().orElse(null))

  test("versions that were tried are taken, whatever vendors add to them") {
    Seq(
      "4.0.0",
      "4.0.5",
      "4.0.1-amzn-0",
      "4.1.0",
      "4.1.3",
      "4.2.1",
      "4.3.0",
      "4.1.0-amzn-1",
      "4.2.x-scala2.13",
      "4.3.0.dev0",
      "4.1"
    )
      .foreach(text => assert(warning(text) === None, text))
  }

  test("an older version is refused in one sentence, as the user's failure") {
    Seq("3.5.9", "3.5.6-amzn-1", "3.10.0", "2.4.8").foreach { text =>
      val refused = intercept[UserException](version(text).requireSupported())
      assert(refused.kind === FailureKind.USER)
      assert(
        refused.getMessage ===
          s"cannot run on Spark $text: layertap needs what Spark 4.0 brought; use Spark 4.0, 4.1, 4.2" +
          " or 4.3"
      )
    }
  }

  test("a newer version is warned of") {
    Seq("4.4.0", "4.10.2", "5.0.0-preview1").foreach { text =>
      assert(
        warning(text) === Some(
          s"Spark $text is newer than those that this version of layertap was tried on (4.0, 4.1, 4.2" +
            " and 4.3); if something fails that should not, use one of them"
        )
      )
    }
  }

  test("what does not begin with two numbers is no version") {
    Seq("", "4", "four.one", "v4.1.0", "4.x").foreach(text =>
      assert(SparkVersion.parse(text).isEmpty, text)
    )
  }

  test("the version on the class path") {
    assert(SparkVersion.ofThisJvm().get.text === org.apache.spark.SPARK_VERSION)
    assert(Platform.requireSupported().isEmpty)
  }

  test("Java without what Hadoop asks for the user by") {
    val failure = new UnsupportedOperationException("getSubject is not supported")
    assert(
      Platform.hadoopRefuses("4.1.3", 25, failure).getMessage ===
        "cannot run Spark 4.1.3 on Java 25: its Hadoop does not work there (getSubject is not" +
        " supported); use Java 17 or 21, or Spark 4.2 or later"
    )
  }

  test("on a newer Java it is tried whether Hadoop knows the user: here it does") {
    Seq(17, 23).foreach(java =>
      assert(Platform.requireSupported(java) === Platform.requireSupported())
    )
    assert(SparkVersion.ofThisJvm().get.text === org.apache.spark.SPARK_VERSION)
  }
}
