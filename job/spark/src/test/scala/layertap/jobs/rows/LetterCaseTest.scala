package layertap.jobs.rows

import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.testing.{JobFolder, SharedSpark}
import org.apache.spark.sql.functions.{col, concat, lit, transform}
import org.scalatest.funsuite.AnyFunSuite

/** Where Spark tells upper from lower case, columns of an input may differ in nothing else. */
class LetterCaseTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val few = 5

  /** Numbers in `id`, others in `ID`; texts in `Label`; zeros in `Pixels`. */
  private def use(body: (JobFolder, String) => Unit): Unit = JobFolder.use { folder =>
    val key = "spark.sql.caseSensitive"
    spark.conf.set(key, true)
    try {
      val in = folder.path.resolve("in").toString
      spark.read
        .parquet("test-data/digits")
        .where(s"id < $few")
        .withColumn("ID", col("id") + 100)
        .withColumn("Label", concat(lit("x"), col("label")))
        .withColumn("Pixels", transform(col("pixels"), pixel => pixel * 0))
        .write
        .parquet(in)
      body(folder, in)
    } finally spark.conf.unset(key)
  }

  private def job(in: String, keep: String) = Digits.job(in, keep).replace("output.key = id", "")

  private def refused(folder: JobFolder, in: String, keep: String, settings: String*): String = {
    val command = folder.extract(job(in, keep), set(settings: _*): _*)
    assert(command.code === 2, command.log)
    assert(!folder.output.toFile.exists)
    command.message
  }

  test("kept, as a key, and for folders, a column is the one that is spelled so") {
    use { (folder, in) =>
      val settings =
        set(
          "output.mode=resume",
          "output.key=ID",
          "output.partition-by=Label",
          "output.chunk-rows=2"
        )
      folder.extracted(job(in, "ID, Label"), settings ++ Seq("--limit", "3"): _*)
      folder.extracted(job(in, "ID, Label"), settings: _*)
      val labels = spark.read.parquet(in).select("ID", "Label").collect().toSet
      assert(labels.map(_.getAs[Int]("ID")) === (100 until 100 + few).toSet)
      val rows = folder.rows.select("ID", "Label").collect()
      assert(rows.length === few && rows.toSet === labels)
    }
  }

  test("another spelling is found where one column has it") {
    use { (folder, in) =>
      val rows = folder.extracted(job(in, "SPLIT, label"), set("output.key=sPLIT"): _*)
      assert(rows.columns === Array("split", "label", "softmax"))
      val labels = spark.read.parquet(in).select("label").collect().map(_.getInt(0))
      assert(rows.select("label").collect().map(_.getInt(0)).sorted === labels.sorted)
    }
  }

  test("all columns but the one that is fed") {
    use { (folder, in) =>
      val others = s"$in.others"
      spark.read.parquet(in).drop("ID", "Label").write.parquet(others)
      val rows = folder.extracted(job(others, "\"*\""))
      assert(rows.columns === Array("id", "label", "split", "Pixels", "softmax"))
      val zeros = rows.select("Pixels").collect().flatMap(_.getSeq[Double](0))
      assert(zeros.length === few * 64 && zeros.forall(_ == 0))
    }
  }

  test("a name of two columns is refused, and so are two that an output takes for one") {
    use { (folder, in) =>
      val both = "cannot tell which column 'Id' of %s is: the input has id, ID; write it as the" +
        " input does"
      assert(refused(folder, in, "Id") === both.format("input.keep"))
      assert(refused(folder, in, "id", "output.key=Id") === both.format("output.key"))
      val two =
        "cannot keep '%s': another column of input.keep is called so, too (upper and lower" +
          " case count as equal); leave one out, or give it another name in input.select"
      assert(refused(folder, in, "id, ID") === two.format("ID"))
      assert(refused(folder, in, "\"*\"") === two.format("ID"))
      assert(
        refused(folder, in, "id", "output.key=ID", "output.mode=resume") === "cannot find rows" +
          " again by 'ID': output.key names it, but it is not in the output; add it to input.keep"
      )
    }
  }
}
