package layertap.jobs.output

import java.util.UUID
import layertap.testing.{SharedSpark, Storage}

/** The storage that `scripts/test-hdfs` or `scripts/test-s3` started. */
object RemoteStorage {

  /** A directory there. */
  val root: String = sys.env("STORAGE_ROOT")

  /** Of Hadoop: words of the form key=value. */
  val settings: Map[String, String] = sys.env
    .getOrElse("STORAGE_SETTINGS", "")
    .split(" ")
    .filter(_.nonEmpty)
    .map { word =>
      val Array(key, value) = word.split("=", 2)
      key -> value
    }
    .toMap

  /** Whether it is an object store, which cannot rename. */
  val isObjectStore: Boolean = !root.startsWith("hdfs:")

  // As spark-submit hands settings over, and for what tests read in the session that is there.
  settings.foreach { case (key, value) =>
    System.setProperty(s"spark.hadoop.$key", value)
    SharedSpark.session.sparkContext.hadoopConfiguration.set(key, value)
  }

  /** Where nothing is yet. */
  def fresh(): Storage =
    Storage(s"$root/${UUID.randomUUID}", settings, isReadByManifest = isObjectStore)
}
