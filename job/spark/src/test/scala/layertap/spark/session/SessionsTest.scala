package layertap.spark.session

import java.net.URLClassLoader
import java.nio.file.Files
import java.util.ServiceLoader
import layertap.jobs.Digits.set
import layertap.testing.{JavaProcess, JobFolder}
import org.apache.spark.sql.{SparkSessionExtensions, SparkSessionExtensionsProvider}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class SessionsTest extends AnyFunSuite {
  private val ofSparkMl = "org.apache.spark.sql.ml.InternalFunctionRegistration"
  private val service = classOf[SparkSessionExtensionsProvider]

  private def extensions(loader: ClassLoader): Seq[String] =
    ServiceLoader.load(service, loader).iterator.asScala.map(_.getClass.getName).toSeq.sorted

  test("of all extensions that the class path has, sessions lack that of Spark ML alone") {
    JobFolder.use { folder =>
      val own = classOf[OwnExtension].getName
      val services = Files.createDirectories(folder.path.resolve("META-INF/services"))
      Files.writeString(services.resolve(service.getName), own)
      val urls = Array(folder.path.toUri.toURL)
      val parent = new URLClassLoader(urls, Thread.currentThread.getContextClassLoader)
      assert(extensions(parent) === Seq(own, ofSparkMl).sorted)
      val loader = new ExtensionLoader(parent)
      assert(extensions(loader) === Seq(own))
      assert(loader.loadClass(ofSparkMl) eq parent.loadClass(ofSparkMl))
      parent.close()
    }
  }

  test("a job does without the extension of Spark ML, one that writes its vectors, too") {
    JobFolder.use { folder =>
      val classes = folder.path.resolve("classes.log")
      val command = Seq("extract", "conf/digits.conf", "--limit", "3") ++
        set(s"output.path=${folder.output}", "run.trial-seconds=0")
      val (code, log) =
        JavaProcess.layertap(Seq(s"-Xlog:class+load:file=$classes"), command: _*).finish()
      assert(code === 0, log)
      val loaded = Files.readString(classes)
      assert(loaded.contains("org.apache.spark.ml.linalg.VectorUDT "))
      assert(!loaded.contains(ofSparkMl))
      assert(folder.rows.count() === 3L)
    }
  }
}

/** An extension that a class path may have. */
final class OwnExtension extends SparkSessionExtensionsProvider {
  override def apply(extensions: SparkSessionExtensions): Unit = ()
}
