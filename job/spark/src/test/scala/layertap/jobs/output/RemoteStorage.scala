package layertap.jobs.output

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

  // As spark-submit hands settings over.
  settings.foreach { case (key, value) => System.setProperty(s"spark.hadoop.$key", value) }
}
