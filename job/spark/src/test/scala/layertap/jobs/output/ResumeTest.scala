package layertap.jobs.output

import layertap.extract.SessionPool
import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Mode resume: only what is missing, chunk after chunk. */
class ResumeTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def resume(chunkRows: Int): Seq[String] =
    set("output.mode=resume", s"output.chunk-rows=$chunkRows", select)

  private def below(id: Int): Seq[String] = set(s"input.where=id < $id")

  private def rowsRead(folder: JobFolder): Int = folder.manifest.get("rows").get("read").asInt

  spark.sql("DECLARE OR REPLACE VARIABLE bad_id INT DEFAULT -1")

  /** The plan of a later run must be the same, so a variable of the session makes a row invalid. */
  private val select = "input.select.pixels=if(id = bad_id, slice(pixels, 1, 3), pixels)"

  private def withBadRow[A](id: Int)(work: => A): A = {
    spark.sql(s"SET VAR bad_id = $id")
    try work
    finally spark.sql("SET VAR bad_id = -1")
  }

  /** Runs a job whose row 47 is invalid. */
  private def failing(folder: JobFolder, job: String, settings: Seq[String]): Command = {
    val command = withBadRow(47)(folder.extract(job, settings: _*))
    assert(command.code === 2, command.log)
    assert(command.message.matches("cannot extract the row (split=train, )?id=47: .*"))
    command
  }

  test("from nothing: chunk after chunk, each one file") {
    SessionPool.ofThisJvm.closeIdle()
    JobFolder.use { folder =>
      val rows = folder.extracted(Digits.job(), resume(30) ++ below(100): _*)
      assertSame(features(rows.collect().toSeq), expected(100))
      val files = folder.manifest.get("files").asScala.map(_.get("path").asText).toSeq
      val sizes = files.map(file => spark.read.parquet(s"${folder.output}/$file").count())
      assert(sizes === Seq(30, 30, 30, 10))
      assert(folder.manifest.get("complete").asBoolean)
      assert(folder.manifest.get("session-opens").asInt === 1)
      assert(folder.names === Seq("job.conf", "out"))
    }
  }

  test("a chunk is one file, in however many partitions its rows are") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 100", 7))
      val extracted = SharedSpark.withTaskPerFile(folder.extracted(job, resume(45): _*))
      assertSame(features(extracted.collect().toSeq), expected(100))
      assert(folder.manifest.get("files").size === 3)
    }
  }

  test("what was published before a failure stays, whole chunks; only the rest is read again") {
    JobFolder.use { folder =>
      failing(folder, Digits.job(), resume(10) ++ below(100))
      val published = features(folder.rows.collect().toSeq)
      assertSame(published, expected(40))
      assert(!folder.manifest.get("complete").asBoolean)
      folder.extracted(Digits.job(), resume(10) ++ below(100): _*)
      assertSame(features(folder.rows.collect().toSeq), expected(100))
      assert(rowsRead(folder) === 60)
      assert(folder.manifest.get("complete").asBoolean)
      assert(
        folder.manifest.get("earlier").asScala.map(_.get("rows").get("read").asInt) === Seq(40)
      )
    }
  }

  test("rows that came since are added, others are not touched") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), resume(1000) ++ below(50): _*)
      val files = folder.manifest.get("files").toString
      folder.extracted(Digits.job(), resume(1000) ++ below(80): _*)
      assert(rowsRead(folder) === 30)
      assert(folder.manifest.get("earlier").get(0).get("files").toString === files)
      assertSame(features(folder.rows.collect().toSeq), expected(80))
    }
  }

  test("nothing is missing: nothing is read or written") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), resume(1000) ++ below(50): _*)
      val run = folder.manifest.get("run")
      val again = folder.extract(Digits.job(), resume(1000) ++ below(50): _*)
      assert(again.code === 0)
      assert(again.log.contains(s"layertap: nothing is missing in ${folder.output}"))
      assert(again.out.contains("0 rows read, 0 written"))
      assert(folder.manifest.get("run") === run)
    }
  }

  test("--limit leaves the rest to the next run") {
    JobFolder.use { folder =>
      val limited =
        folder.extracted(Digits.job(), resume(20) ++ below(50) ++ Seq("--limit", "30"): _*)
      assert(limited.count() === 30)
      assert(!folder.manifest.get("complete").asBoolean)
      assertSame(
        features(
          folder.extracted(Digits.job(), resume(20) ++ below(50): _*).collect().toSeq
        ),
        expected(50)
      )
      assert(rowsRead(folder) === 20)
    }
  }

  test("in folders: what is missing is found there too, by keys of several columns") {
    JobFolder.use { folder =>
      val folders = set("output.partition-by=split", "output.key=[split,id]")
      failing(folder, Digits.job(), resume(10) ++ below(100) ++ folders)
      val published = folder.rows.count()
      assert(published > 0 && published % 10 === 0)
      folder.extracted(Digits.job(), resume(10) ++ below(100) ++ folders: _*)
      assert(rowsRead(folder) === 100 - published)
      assertSame(features(folder.rows.collect().toSeq), expected(100))
    }
  }

  test("an input that is split differently each time it is read is looked through as a whole") {
    JobFolder.use { folder =>
      spark.read.parquet("test-data/digits").createOrReplaceTempView("shuffled_digits")
      val view = "SELECT /*+ REPARTITION(5) */ * FROM shuffled_digits WHERE id < 60 ORDER BY rand()"
      spark.sql(view).createOrReplaceTempView("unstable_digits")
      val job = Digits.job().replace("""path = "test-data/digits"""", "table = unstable_digits")
      val rows = folder.extracted(job, resume(25): _*)
      assertSame(features(rows.collect().toSeq), expected(60))
    }
  }

  test("invalid rows that are skipped are tried again by the next run") {
    JobFolder.use { folder =>
      val skip = set("rows.on-invalid=skip")
      withBadRow(7)(folder.extracted(Digits.job(), resume(1000) ++ below(20) ++ skip: _*))
      assert(folder.rows.count() === 19)
      folder.extracted(Digits.job(), resume(1000) ++ below(20): _*)
      assert(rowsRead(folder) === 1)
      assertSame(features(folder.rows.collect().toSeq), expected(20))
    }
  }

  test("resume without a key, and another plan, are refused") {
    JobFolder.use { folder =>
      val keyless = folder.extract(Digits.job(), resume(10) ++ set("output.key=[]"): _*)
      assert(keyless.code === 2)
      assert(
        keyless.message.contains(
          "output.key is empty; mode = resume finds by it which rows are there"
        )
      )
      folder.extracted(Digits.job(), resume(10) ++ below(10): _*)
      val other = folder.extract(Digits.job(), resume(10) ++ set("features=[conv2]"): _*)
      assert(other.code === 2)
      assert(other.message.contains("its features were made by another plan"))
    }
  }

  test("keys of dates and instants are found again by whichever classes Spark gives them") {
    val conf = "spark.sql.datetime.java8API.enabled"
    Seq("true", "false").foreach { isNew =>
      spark.conf.set(conf, isNew)
      try
        JobFolder.use { folder =>
          val times =
            Seq("date_add(date'2024-02-27', id) AS day", "timestamp_seconds(id * 7) AS time")
          val in = Digits.write(folder, "in", "id < 12", files = 1, times)
          val keys = set("input.keep=[id,label,split,day,time]", "output.key=[day,time]")
          folder.extracted(Digits.job(in), resume(5) ++ keys ++ below(7): _*)
          val all = folder.extracted(Digits.job(in), resume(5) ++ keys: _*)
          assertSame(features(all.drop("day", "time").collect().toSeq), expected(12))
        }
      finally spark.conf.unset(conf)
    }
  }

  test("folders of instants go on in the time zone in which they were named alone") {
    val zone = "spark.sql.session.timeZone"
    JobFolder.use { folder =>
      val times = Seq("timestamp_seconds(id * 7) AS time")
      val in = Digits.write(folder, "in", "id < 12", files = 1, times)
      val instants =
        set("input.keep=[id,label,split,time]", "output.key=time", "output.partition-by=time")
      try {
        spark.conf.set(zone, "UTC")
        folder.extracted(Digits.job(in), resume(5) ++ instants ++ below(7): _*)
        assert(folder.manifest.get("input").get("time-zone").asText === "UTC")
        spark.conf.set(zone, "Asia/Tokyo")
        val other = folder.extract(Digits.job(in), resume(5) ++ instants: _*)
        assert(other.code === 2, other.log)
        assert(
          other.message.replace(folder.path.toString, "DIR") === "cannot add to DIR/out: instants" +
            " in names of its folders are of the time zone UTC, this run's of Asia/Tokyo" +
            " (spark.sql.session.timeZone); write to another output.path, or set output.mode to" +
            " overwrite"
        )
        spark.conf.set(zone, "Etc/UTC")
        val all = folder.extracted(Digits.job(in), resume(5) ++ instants: _*)
        assertSame(features(all.drop("time").collect().toSeq), expected(12))
      } finally spark.conf.unset(zone)
    }
  }

  test("days and instants that java.sql lacks stay, and are found again as keys") {
    JobFolder.use { folder =>
      val day = "date_add(date'1582-10-01', id)"
      val time = s"timestamp(concat($day, ' 12:34:56.789012'))"
      val made =
        Seq(s"$day AS day", s"$time AS time", s"named_struct('days', array($day)) AS inside")
      val in = Digits.write(folder, "in", "id < 20", files = 1, made)
      val keys = set("input.keep=[id,day,time,inside]", "output.key=[day,time]")
      folder.extracted(Digits.job(in), resume(5) ++ keys ++ below(12): _*)
      val all = folder.extracted(Digits.job(in), resume(5) ++ keys: _*)
      val kept = Seq("id", "day", "time", "inside").map(all.col)
      assert(all.count() === 20)
      assert(
        spark.read
          .parquet(in)
          .select("id", "day", "time", "inside")
          .exceptAll(all.select(kept: _*))
          .isEmpty
      )
      assert(
        folder.extract(Digits.job(in), resume(5) ++ keys: _*).log.contains("nothing is missing")
      )
      val once = set("output.mode=append", "input.where=id = 4", select)
      assert(
        folder
          .extract(Digits.job(in), once ++ keys: _*)
          .message
          .startsWith(
            "cannot append: the row day=1582-10-05, time=1582-10-05T12:34:56.789012 is in the output"
          )
      )
    }
  }
}
