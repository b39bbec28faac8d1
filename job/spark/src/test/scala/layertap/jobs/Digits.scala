package layertap.jobs

import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.Row

/** Jobs on handwritten digits, for tests of outputs. */
object Digits {

  /** What stands inside `layertap { … }`. */
  /** In batches of one size: what tasks of other tests have tried in this JVM changes nothing. */
  def job(path: String = "test-data/digits", keep: String = "id, label, split"): String =
    s"""model { path = test-data/models/digits_keras3 }
       |input { format = parquet, path = "$path", keep = [$keep] }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]
       |output.key = id
       |run.batch-size = 8""".stripMargin

  def set(settings: String*): Seq[String] = settings.flatMap(setting => Seq("--set", setting))

  /** Features by id, for [[layertap.testing.SameValues]]; a row that is there twice fails. */
  def features(rows: Seq[Row]): Map[Int, Seq[Any]] = {
    val pairs = rows.map(row => row.getAs[Int]("id") -> Seq(row.getAs[Any]("softmax")))
    assert(pairs.map(_._1).distinct.size == pairs.size, "no row twice")
    pairs.toMap
  }

  /** The first digits, written in so many files.
    *
    * @param made
    *   further columns, as SQL
    */
  def write(
      folder: JobFolder,
      name: String,
      where: String,
      files: Int,
      made: Seq[String] = Nil
  ): String = {
    val path = folder.path.resolve(name).toString
    SharedSpark.session.read
      .parquet("test-data/digits")
      .where(where)
      .selectExpr("*" +: made: _*)
      .repartition(files)
      .write
      .parquet(path)
    path
  }

  /** A clean run's features of all digits below a number. */
  def expected(below: Int): Map[Int, Seq[Any]] = all.filter(_._1 < below)

  private lazy val all: Map[Int, Seq[Any]] =
    JobFolder.use(folder => features(folder.extracted(job()).collect().toSeq))
}
