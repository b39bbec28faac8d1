package layertap.jobs.rows

import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.Row
import org.apache.spark.sql.functions.col
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Rows that cannot be used: what `rows` does with them, and that all others are as ever. */
class InvalidRowsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private val invalid = Set(0, 7, 8, 31)

  /** Forty digits in three partitions; the pixels of four are too few. */
  private def job(folder: JobFolder, rows: String): String = {
    val path = folder.path.resolve("in").toString
    val cut = "if(id in (0, 7, 8, 31), slice(pixels, 1, 3), pixels)"
    spark.read
      .parquet("test-data/digits")
      .where("id < 40")
      .selectExpr("id", "label", s"$cut AS pixels")
      .repartition(3, col("id"))
      .write
      .parquet(path)
    s"""model { path = test-data/models/digits_keras3 }
       |input { format = parquet, path = "$path", keep = [id, label] }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [softmax, { layer = conv2, pool = max, column = conv2_max }]
       |rows { $rows }
       |output.key = id""".stripMargin
  }

  private def valid(rows: Seq[Row]): Map[Int, Seq[Any]] =
    rows.filterNot(_.isNullAt(2)).map(row => row.getInt(0) -> Seq(row.get(2), row.get(3))).toMap

  private lazy val expected: Map[Int, Seq[Any]] = JobFolder.use { folder =>
    val configuration = job(folder, "").linesIterator.filterNot(_.startsWith("rows")).mkString("\n")
    val where = "id not in (0, 7, 8, 31)"
    valid(folder.extracted(configuration, "--set", s"input.where=$where").collect().toSeq)
  }

  test("error: the job fails, names the row by its key and the remedies, and writes nothing") {
    JobFolder.use { folder =>
      val command = folder.extract(job(folder, "on-invalid = error"))
      assert(command.code === 2)
      val named =
        "cannot extract the row id=(0|7|8|31): pixels: a value of shape \\(3\\) does not" +
          " fit \\(8, 8, 1\\); correct or filter it, or set rows.on-invalid to skip or keep"
      assert(command.message.matches(named), command.message)
      assert(folder.names === Seq("in", "job.conf"))
    }
  }

  test("error without a key: the kept columns name the row; without those the message says so") {
    JobFolder.use { folder =>
      val configuration = job(folder, "on-invalid = error")
      val where = Seq("--set", "output.key=[]", "--set", "input.where=id = 7")
      val kept = folder.extract(configuration, where: _*)
      assert(kept.message.startsWith("cannot extract the row id=7, label=7: pixels: "), kept.log)
      val none = folder.extract(configuration, where ++ Seq("--set", "input.keep=[]"): _*)
      val unnamed = "cannot extract the row (no column names it: set output.key): pixels: "
      assert(none.message.startsWith(unnamed), none.log)
    }
  }

  test("skip: the row is left out, counted, and sampled in the manifest") {
    JobFolder.use { folder =>
      val rows = folder.extracted(job(folder, "on-invalid = skip")).collect().toSeq
      assert(rows.map(_.getInt(0)).sorted === (0 until 40).filterNot(invalid))
      assertSame(valid(rows), expected)
      val counts = folder.manifest.get("rows")
      assert(counts.toString === """{"read":40,"written":36,"skipped":4,"invalid":4}""")
      val samples = folder.manifest.get("invalid-samples").asScala.map(_.asText).toSeq.sorted
      val reason = "pixels: a value of shape (3) does not fit (8, 8, 1)"
      assert(samples === Seq(0, 31, 7, 8).map(id => s"id=$id: $reason"))
    }
  }

  test("keep: the row is there once, with null features and the reason in the last column") {
    JobFolder.use { folder =>
      val written = folder.extracted(job(folder, "on-invalid = keep"))
      assert(written.columns === Array("id", "label", "softmax", "conv2_max", "_error"))
      val rows = written.collect().toSeq
      assert(rows.map(_.getInt(0)).sorted === (0 until 40))
      val kept = rows.filterNot(_.isNullAt(4))
      assert(kept.map(_.getInt(0)).toSet === invalid)
      assert(kept.forall(row => row.isNullAt(2) && row.isNullAt(3) && !row.isNullAt(1)))
      assert(
        kept.map(_.getString(4)).toSet === Set(
          "pixels: a value of shape (3) does not fit (8, 8, 1)"
        )
      )
      assertSame(valid(rows), expected)
      val counts = folder.manifest.get("rows")
      assert(counts.toString === """{"read":40,"written":40,"skipped":0,"invalid":4}""")
    }
  }

  test("max-invalid: more than that fraction, and nothing is published") {
    JobFolder.use { folder =>
      val configuration = job(folder, "on-invalid = skip, max-invalid = 0.09")
      val command = folder.extract(configuration)
      assert(command.code === 2)
      assert(
        command.message === "cannot publish: 4 of 40 rows are invalid, more than" +
          " rows.max-invalid = 0.09; correct the input or raise the limit"
      )
      assert(folder.names === Seq("in", "job.conf"))
      folder.extracted(configuration, "--set", "rows.max-invalid=0.1")
    }
  }

  test("whole batches and partitions of invalid rows: skip would leave nothing, keep does not") {
    JobFolder.use { folder =>
      val all = Seq("--set", "input.where=id in (0, 7, 8, 31)", "--set", "run.batch-size=2")
      val command = folder.extract(job(folder, "on-invalid = skip"), all: _*)
      assert(command.code === 2, command.log)
      assert(
        command.message.matches(
          "cannot publish: all of 4 rows were skipped, and the output would have none; the first" +
            " is id=\\d+: pixels: a value of shape \\(3\\) does not fit \\(8, 8, 1\\); correct the" +
            " input, or set rows.on-invalid = keep to write them with the reason"
        ),
        command.message
      )
      assert(folder.names === Seq("in", "job.conf"))
      val kept = Seq("--set", "rows.on-invalid=keep", "--set", s"input.path=${folder.path}/in")
      val file = folder.path.resolve("job.conf")
      assert(folder.extractFile(file, all ++ kept: _*).code === 0)
      assert(folder.rows.columns === Array("id", "label", "softmax", "conv2_max", "_error"))
      val counts = folder.manifest.get("rows")
      assert(counts.toString === """{"read":4,"written":4,"skipped":0,"invalid":4}""")
    }
  }

  test("a kept column called _error is refused under keep") {
    JobFolder.use { folder =>
      val configuration = job(folder, "on-invalid = keep")
      val select = Seq("--set", "input.select._error='x'", "--set", "input.keep=[_error]")
      val command = folder.extract(configuration, select: _*)
      assert(command.code === 2)
      assert(
        command.message === "cannot add the column '_error': the kept columns have one of that name" +
          " already; drop it from input.keep, or set rows.on-invalid to error or skip"
      )
    }
  }

  test("rows are null, NaN, of other types: the reason says which") {
    JobFolder.use { folder =>
      val path = folder.path.resolve("in").toString
      Seq(
        (0, None: Option[Seq[Option[Double]]]),
        (1, Some(Seq.fill(64)(Some(0.5)))),
        (2, Some(Seq.fill(63)(Some(0.5)) :+ None)),
        (3, Some(Seq.fill(64)(Some(1e300))))
      ).toDF("id", "pixels").write.parquet(path)
      val rows = folder.extracted(
        s"""model { path = test-data/models/digits_keras3 }
           |input { format = parquet, path = "$path", keep = [id] }
           |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
           |features = [softmax]
           |rows { on-invalid = keep }""".stripMargin
      )
      assert(
        rows.orderBy("id").collect().map(row => row.getString(2)) === Array(
          "pixels: the value is null",
          null,
          "pixels: element 63 is null",
          "pixels: 1.0E300 does not fit into float32"
        )
      )
    }
  }
}
