package layertap.jobs.output

import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.scalatest.funsuite.AnyFunSuite

/** How many rows an output must have: `rows.min`, no good output replaced by none, and not all rows
  * skipped; in every mode, for rows that are good, skipped, kept, or not there.
  */
class RowDemandsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  /** Rows of ids from 20 on are bad. */
  private lazy val source: String = {
    val path = java.nio.file.Files.createTempDirectory("demands").resolve("in").toString
    spark.read
      .parquet("test-data/digits")
      .where("id < 40")
      .selectExpr("id", "label", "split", "if(id < 20, pixels, null) AS pixels")
      .write
      .parquet(path)
    path
  }

  private def run(folder: JobFolder, settings: Seq[String]): Command =
    folder.extract(Digits.job(source), settings: _*)

  private def message(command: Command): String = {
    assert(command.code === 2, command.log)
    command.message.replace(source, "IN")
  }

  private val where = "input.where = \"id < 0\" matches 0"
  private val none = s"IN (parquet) has 40 rows, of which $where"

  /** @param before
    *   rows that a run wrote before, with a manifest; none for no output
    * @param rows
    *   of the run: good, bad
    * @param min
    *   `rows.min`, if it is set
    */
  private case class Case(
      mode: String,
      onInvalid: String,
      before: Option[Int],
      good: Int,
      bad: Int,
      min: Option[Int],
      isLimited: Boolean,
      isSplit: Boolean
  ) {
    def where: String = s"id < $good or (id >= 20 and id < ${20 + bad})"
    def written: Int = good + (if (onInvalid == "keep") bad else 0)

    /** Rows before that are rows of the output afterwards. */
    def staying: Int = if (mode == "append" || mode == "resume") before.getOrElse(0) else 0

    /** What the issue says, rule by rule. */
    def isRefused: Boolean = {
      val isThere = mode == "error" && before.isDefined
      val hasBad = onInvalid == "error" && bad > 0
      val allSkipped =
        onInvalid == "skip" && good + bad > 0 && written == 0 && staying == 0
      val counted = if (mode == "resume") staying + written else written
      val tooFew = !isLimited && min.exists(counted < _)
      val emptied = min.isEmpty && mode == "overwrite" && written == 0 && before.exists(_ > 0)
      isThere || hasBad || allSkipped || tooFew || emptied
    }
  }

  /** Every two of: mode, policy, rows before, bad rows, `rows.min`, limit, folders are in one. */
  private val cases: Seq[Case] = Seq(
    // mode, on-invalid, before, good, bad, min, limited, in folders
    Case("error", "error", None, 0, 0, None, false, false),
    Case("error", "skip", None, 0, 2, Some(0), false, true),
    Case("error", "keep", None, 0, 2, Some(3), true, true),
    Case("overwrite", "skip", Some(3), 0, 2, None, true, false),
    Case("overwrite", "error", Some(3), 0, 0, Some(0), false, true),
    Case("overwrite", "error", Some(0), 0, 0, None, false, true),
    Case("overwrite", "keep", None, 1, 2, Some(3), false, false),
    Case("append", "skip", Some(3), 0, 2, None, false, true),
    Case("append", "skip", Some(0), 0, 2, Some(0), true, false),
    Case("append", "error", Some(3), 2, 0, Some(3), false, false),
    Case("append", "error", Some(3), 2, 0, Some(3), true, true),
    Case("resume", "skip", Some(3), 0, 2, None, false, false),
    Case("resume", "skip", Some(0), 0, 2, None, false, true),
    Case("resume", "skip", Some(3), 2, 2, Some(6), false, true),
    Case("resume", "error", Some(3), 2, 0, Some(5), false, false),
    Case("resume", "keep", None, 0, 2, Some(2), false, true)
  )

  cases.groupBy(_.mode).foreach { case (mode, ofMode) =>
    test(s"mode $mode: rows.min, rows skipped or kept, none, limited, in folders") {
      ofMode.foreach { of =>
        val before = of.before
        JobFolder.use { folder =>
          val split = if (of.isSplit) set("output.partition-by=split") else Seq()
          // Ids that no case reads again.
          val first = set("output.mode=resume", "rows.on-invalid=skip") ++ split
          before.foreach { rows =>
            val earlier = set(s"input.where=id >= 10 and id < ${10 + rows}")
            assert(run(folder, first ++ earlier).code === 0)
          }
          val settings = set(
            s"output.mode=${of.mode}",
            s"rows.on-invalid=${of.onInvalid}",
            s"input.where=${of.where}",
            "output.chunk-rows=2"
          ) ++ of.min.toSeq.flatMap(min => set(s"rows.min=$min")) ++ split ++
            (if (of.isLimited) Seq("--limit", "30") else Seq())
          val files = before.map(_ => folder.manifest.get("files").toString)
          val command = run(folder, settings)
          assert(command.code === (if (of.isRefused) 2 else 0), s"$of\n${command.log}")
          if (of.isRefused) {
            if (of.mode != "resume")
              assert(before.map(_ => folder.manifest.get("files").toString) === files, of)
            assert(before.isDefined || of.mode == "resume" || folder.names === Seq("job.conf"), of)
          } else {
            val manifest = folder.manifest
            assert(manifest.get("rows").get("written").asInt === of.written, of)
            val count = if (of.written + of.staying == 0) 0L else folder.rows.count()
            assert(count === of.written + of.staying, of)
          }
        }
      }
    }
  }

  test("an overwrite without rows says what source and where matched, and leaves the good output") {
    JobFolder.use { folder =>
      assert(run(folder, set("input.where=id < 10")).code === 0)
      val empty = set("output.mode=overwrite", "input.where=id < 0")
      assert(
        message(
          run(folder, empty)
        ) === s"cannot replace ${folder.output}: no row would be written," +
          s" and it has 10 rows; $none; check input, or set rows.min = 0 to replace it by an output" +
          " without rows"
      )
      val limited = message(run(folder, set("output.mode=overwrite") ++ Seq("--limit", "0")))
      assert(limited.contains("IN (parquet) has 40 rows, of which --limit takes 0"), limited)
      assertSame(features(folder.rows.collect().toSeq), expected(10))
      assert(run(folder, empty ++ set("rows.min=0")).code === 0)
      assert(folder.rows.count() === 0)
      // What has no rows may be replaced by what has none.
      assert(run(folder, empty).code === 0)
    }
  }

  test("too few rows for rows.min: nothing is published, resume does not even start") {
    JobFolder.use { folder =>
      Seq("error", "overwrite", "append", "resume").foreach { mode =>
        val few = set(s"output.mode=$mode", "rows.min=11", "output.chunk-rows=3")
        assert(
          message(
            run(folder, few ++ set("input.where=id < 10"))
          ) === "cannot publish: 10 rows are" +
            " fewer than rows.min = 11; IN (parquet) has 40 rows, of which input.where = \"id < 10\"" +
            " matches 10; check input, or lower rows.min",
          mode
        )
        assert(folder.names === Seq("job.conf"), mode)
      }
    }
  }

  test("tables: rows.min, and all rows skipped; a table with rows may get none") {
    val table = "demanded_rows"
    spark.sql(s"DROP TABLE IF EXISTS $table")
    def extract(settings: String*): Command = JobFolder.use { folder =>
      val file = folder.write(Digits.job(source))
      Command.run(
        Seq("extract", file.toString) ++ set(s"output.table=$table") ++ set(settings: _*): _*
      )
    }
    try {
      val all = message(extract("rows.on-invalid=skip", "input.where=id >= 20"))
      assert(all.startsWith("cannot publish: all of 20 rows were skipped"), all)
      val few = message(extract("rows.min=6", "input.where=id < 5"))
      assert(few.startsWith("cannot publish: 5 rows are fewer than rows.min = 6; IN"), few)
      assert(!spark.catalog.tableExists(table))
      assert(extract("rows.min=5", "input.where=id < 5").code === 0)
      val skipped = Seq("output.mode=append", "rows.on-invalid=skip", "input.where=id >= 20")
      assert(extract(skipped: _*).code === 0)
      assert(message(extract(skipped :+ "rows.min=1": _*)).startsWith("cannot publish: 0 rows are"))
      assertSame(features(spark.table(table).collect().toSeq), expected(5))
    } finally spark.sql(s"DROP TABLE IF EXISTS $table")
  }
}
