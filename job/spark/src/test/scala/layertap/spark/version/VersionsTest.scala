package layertap.spark.version

import layertap.testing.SharedSpark
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What stands in for things of Spark and Hadoop that differ by version, beside those themselves.
  */
class VersionsTest extends AnyFunSuite {
  private val names = for {
    start <- Seq("", ".", "_", "_metadata", "_common_metadata", "_k=", "a", "a.", "=", "_._")
    end <- Seq("", "a", "b.png", "x._COPYING_", "._COPYING_", "_COPYING_", "=1")
  } yield start + end

  /** Spark's own answer, whose method is private to Scala alone. */
  private def isPassedOver(name: String): Boolean =
    Class
      .forName("org.apache.spark.util.HadoopFSUtils")
      .getMethod("shouldFilterOutPathName", classOf[String])
      .invoke(null, name)
      .asInstanceOf[Boolean]

  test("the names that Spark passes over") {
    names.foreach(name => assert(HiddenNames.DEFAULT.contains(name) === isPassedOver(name), name))
    assert(names.count(HiddenNames.DEFAULT.contains(_)) > 10)
    Seq("a/b" -> false, "/a/b.png" -> false, "a/.b/c" -> true, "_a/b" -> true, "_k=1/b" -> false)
      .foreach { case (path, hidden) =>
        assert(HiddenNames.DEFAULT.containsAnyOf(path) === hidden, path)
      }
  }

  test(
    "from Spark 4.3 on a setting says which; an option of the reader, in any case, overrules it"
  ) {
    def hidden(setting: String, options: (String, String)*): Set[String] = {
      val all = HiddenNames.of(setting, options.toMap.asJava)
      Set("a", ".a", "_a", "_k=1", "a.tmp", "x._COPYING_", "_metadata").filter(all.contains(_))
    }
    assert(hidden("^[._]") === Set(".a", "_a", "x._COPYING_"))
    assert(hidden("tmp$") === Set("a.tmp", "x._COPYING_"))
    assert(hidden("") === Set("x._COPYING_"))
    assert(hidden("tmp$", "IGNOREDPathSegmentRegex" -> "^[.]") === Set(".a", "x._COPYING_"))
    assert(hidden("tmp$", "ignoredPathSegmentRegex" -> "") === Set("x._COPYING_"))
  }

  test("which they are is said to the user") {
    def said(setting: String): String =
      HiddenNames.of(setting, Map.empty[String, String].asJava).description
    assert(said("^[._]") === "what begins with . or _ or ends with ._COPYING_")
    assert(said("tmp$") === "what ends with ._COPYING_ or matches tmp$")
    assert(said("") === "what ends with ._COPYING_")
  }

  test("a version that does not know the setting does not heed it") {
    val spark = SharedSpark.session
    assert(!spark.conf.isModifiable(HiddenNames.SETTING))
    val options = Map(HiddenNames.OPTION -> "tmp$").asJava
    assert(HiddenNames.of(spark, options) === HiddenNames.DEFAULT)
  }

  test("an application's exit code") {
    val exit = UserApplicationExit.of(3)
    assert(exit.exitCode === 3)
    assert(exit.getCause === null)
  }

  test("settings of Hadoop on executors") {
    val spark = SharedSpark.session
    val settings = new Configuration(false)
    settings.set("layertap.test", "set")
    val sent = HadoopSettings.broadcast(spark.sparkContext, settings)
    val found =
      spark.sparkContext.parallelize(Seq(1), 1).map(_ => sent.value.value.get("layertap.test"))
    assert(found.collect().toSeq === Seq("set"))
    sent.destroy()
  }
}
