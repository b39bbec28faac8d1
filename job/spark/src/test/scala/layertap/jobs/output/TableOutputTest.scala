package layertap.jobs.output

import layertap.jobs.Digits
import java.nio.file.{Files, Path}
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TempFolder
import org.apache.spark.sql.functions.expr
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Tables of Iceberg, in a catalog that is a folder, and tables of Spark's own catalog. */
class TableOutputTest extends AnyFunSuite with BeforeAndAfterAll {
  private val spark = SharedSpark.session
  private val append = set("output.mode=append")

  override def beforeAll(): Unit = {
    val warehouse = Files.createTempDirectory("lake")
    spark.conf.set("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
    spark.conf.set("spark.sql.catalog.lake.type", "hadoop")
    spark.conf.set("spark.sql.catalog.lake.warehouse", warehouse.toUri.toString)
  }

  private def below(id: Int): Seq[String] = set(s"input.where=id < $id")

  private def extract(table: String, settings: Seq[String], job: String = Digits.job()): Command =
    JobFolder.use { folder =>
      val file = folder.write(job)
      Command.run(Seq("extract", file.toString) ++ set(s"output.table=$table") ++ settings: _*)
    }

  private def extracted(table: String, settings: Seq[String]): Unit = {
    val command = extract(table, settings)
    assert(command.code === 0, command.log)
  }

  private def refusal(table: String, settings: Seq[String]): String = {
    val before = spark.table(table).count()
    val command = extract(table, settings)
    assert(command.code === 2, command.log)
    assert(spark.table(table).count() === before)
    command.message
  }

  private def rows(table: String) = features(spark.table(table).collect().toSeq)

  Seq("lake.db.digits" -> "Iceberg", "digits_table" -> "Spark's own catalog").foreach {
    case (table, words) =>
      test(s"$words: the table is made, then added to, each time by one commit") {
        spark.sql(s"DROP TABLE IF EXISTS $table")
        extracted(table, below(20))
        assertSame(rows(table), expected(20))
        val made = refusal(table, below(20))
        assert(
          made === s"cannot make the table $table: it is there already; set output.mode to append," +
            " or another output.table"
        )
        extracted(table, append ++ set("input.where=id >= 20 and id < 50"))
        assertSame(rows(table), expected(50))
      }

      test(s"$words: keys that are there, other plans and other columns are refused") {
        val key = refusal(table, append ++ set("input.where=id >= 49 and id < 60"))
        assert(key.startsWith("cannot append: the row id=49 is in the output already"), key)
        val plan = refusal(table, append ++ set("features=[conv2]", "input.where=id = 60"))
        assert(plan.contains("its features were made by another plan"), plan)
        val columns = refusal(table, append ++ set("input.keep=[id]", "input.where=id = 60"))
        assert(
          columns === s"cannot add to the table $table: its columns are [id, label, split, softmax]," +
            " the features' are [id, softmax]; change features and input.keep, or write to another" +
            " output.table"
        )
      }

      test(s"$words: nothing is committed if too many rows are invalid, or the job fails") {
        val input = Files.createTempDirectory("digits").resolve("bad").toString
        spark.read
          .parquet("test-data/digits")
          .where("id >= 60 and id < 70")
          .withColumn("pixels", expr("if(id = 65, null, pixels)"))
          .write
          .parquet(input)
        val bad = append
        val invalid = set(s"input.path=$input")
        val many =
          refusal(table, bad ++ invalid ++ set("rows.on-invalid=skip", "rows.max-invalid=0.05"))
        assert(many.startsWith("cannot publish: 1 of 10 rows are invalid"), many)
        assert(refusal(table, bad ++ invalid).startsWith("cannot extract the row id=65"))
        spark.sql(s"DROP TABLE $table")
      }
  }

  test("Iceberg: each run is one snapshot, which names run, plan and model") {
    val table = "lake.db.snapshots"
    spark.sql(s"DROP TABLE IF EXISTS $table")
    extracted(table, below(10) ++ set("output.run-id=one", "output.partition-by=split"))
    extracted(table, append ++ set("output.run-id=two", "input.where=id >= 10 and id < 30"))
    val snapshots =
      spark.sql(s"SELECT summary FROM $table.snapshots ORDER BY committed_at").collect()
    val summaries = snapshots.map(_.getJavaMap[String, String](0).asScala)
    assert(summaries.map(_("layertap.run")) === Seq("one", "two"))
    assert(summaries.map(_("added-records")) === Seq("10", "20"))
    assert(summaries.forall(_("layertap.model").matches("[0-9a-f]{64}")))
    assert(spark.sql(s"SELECT * FROM $table.partitions").columns.contains("partition"))
    assertSame(rows(table), expected(30))
  }

  test("a table of the user's own is added to, by the names of its columns") {
    val table = "lake.db.own"
    spark.sql(s"DROP TABLE IF EXISTS $table")
    spark.sql(
      s"CREATE TABLE $table (softmax array<float>, split string, id int, label int) USING iceberg"
    )
    extracted(table, append ++ below(10))
    assertSame(rows(table), expected(10))
    assert(
      refusal(table, append ++ set("features=[{layer=softmax, normalize=l2}]", "input.where=id=11"))
        .contains("another plan")
    )
  }

  test("columns whose names have dots, also those that split the table") {
    Seq("lake.db.dotted", "dotted_table").foreach { table =>
      spark.sql(s"DROP TABLE IF EXISTS $table")
      val dotted = set(
        "input.select.\"a.b\"=split",
        "input.keep=[id,\"a.b\"]",
        "features=[{layer=softmax, column=softmax}]"
      ) ++ (if (table.contains("lake")) Seq() else set("output.partition-by=\"a.b\""))
      extracted(table, dotted ++ below(10))
      extracted(table, dotted ++ append ++ set("input.where=id >= 10 and id < 15"))
      assertSame(rows(table), expected(15))
      assert(spark.table(table).columns.contains("a.b"))
    }
  }

  test("the folder of a table in a folder whose name has a blank is found, too") {
    TempFolder.use { folder =>
      val database = folder.resolve("with blank")
      spark.sql(s"CREATE DATABASE blank LOCATION '$database'")
      try {
        Files.createDirectories(database.resolve("left"))
        Files.writeString(database.resolve("left/part-0.parquet"), "rows")
        val command = extract("blank.left", below(5))
        assert(command.code === 2, command.log)
        assert(
          command.message.startsWith(
            s"cannot make the table blank.left: its folder file:$database/left is not empty,"
          )
        )
      } finally spark.sql("DROP DATABASE blank CASCADE")
    }
  }

  test(
    "the folder of a table that an earlier session's catalog kept in memory is refused at once"
  ) {
    val folder =
      Path.of(spark.conf.get("spark.sql.warehouse.dir").stripPrefix("file:"), "left_table")
    Files.createDirectories(folder)
    Files.writeString(folder.resolve("part-0.parquet"), "rows")
    Seq("error", "append").foreach { mode =>
      val command = extract("left_table", set(s"output.mode=$mode") ++ below(5))
      assert(command.code === 2, command.log)
      assert(
        command.message === s"cannot make the table left_table: its folder file:$folder is not empty," +
          " and the catalog knows no table there: it is in memory and forgets tables when a session" +
          " ends; write to output.path, or start Spark with spark.sql.catalogImplementation = hive," +
          " or move the folder away"
      )
    }
    Files.delete(folder.resolve("part-0.parquet"))
    extracted("left_table", below(5))
    assertSame(rows("left_table"), expected(5))
    spark.sql("DROP TABLE left_table")
  }

  test("overwrite and resume are for paths") {
    val command = extract("lake.db.digits", set("output.mode=resume"))
    assert(command.code === 2)
    assert(
      command.message.contains(
        "output.mode is for output.path; a table is made (error) or added to (append)"
      )
    )
  }

  test("a table from which the job reads its rows is refused, by whichever name") {
    val digits = spark.read.parquet("test-data/digits").where("id < 5").select("id", "pixels")
    Seq("lake.db.own", "own_table").foreach { table =>
      spark.sql(s"DROP TABLE IF EXISTS $table")
      digits.writeTo(table).create()
      spark.sql(s"CREATE OR REPLACE TEMPORARY VIEW own_view AS SELECT * FROM $table WHERE id >= 0")
      Seq(table, "own_view").foreach { source =>
        val message =
          refusal(
            table,
            append ++ set("input.path=null", "input.keep=[id]", s"input.table=$source")
          )
        assert(
          message.startsWith(s"cannot write to the table $table: the job reads ") && message
            .endsWith("which is of it; set another output.table, or another input"),
          message
        )
      }
      spark.sql(s"DROP TABLE $table")
    }
  }

  test("the folder of a table from which the job reads its rows is no output") {
    val table = "lake.db.folder"
    spark.sql(s"DROP TABLE IF EXISTS $table")
    spark.read.parquet("test-data/digits").where("id < 5").writeTo(table).create()
    val folder = spark.sql(s"DESCRIBE EXTENDED $table").where("col_name = 'Location'")
    val path = folder.head().getString(1).stripPrefix("file:")
    JobFolder.use { job =>
      val file = job.write(Digits.job())
      val settings = set(
        s"output.path=$path",
        "output.mode=overwrite",
        "output.replace-foreign=true",
        "input.path=null",
        s"input.table=$table"
      )
      val command = Command.run(Seq("extract", file.toString) ++ settings: _*)
      assert(command.code === 2 && command.message.contains("which is in it"), command.log)
    }
    assert(spark.table(table).count() === 5)
    spark.sql(s"DROP TABLE $table")
  }

  test("a plan whose run failed is not noted: the table takes another") {
    val table = "lake.db.unplanned"
    spark.sql(s"DROP TABLE IF EXISTS $table")
    spark.read
      .parquet("test-data/digits")
      .selectExpr("id", "label", "split", "array(0f) AS softmax")
      .limit(0)
      .writeTo(table)
      .create()
    val none = refusal(table, append ++ set("input.where=id < 0", "rows.min=1"))
    assert(none.startsWith("cannot publish"), none)
    extracted(table, append ++ below(5) ++ set("rows.on-invalid=skip"))
    spark.sql(s"DROP TABLE $table")
  }

  test("a name that is none, and a vector that another catalog cannot hold, are refused at once") {
    JobFolder.use { folder =>
      val file = folder.write(Digits.job())
      def message(settings: String*) = {
        val command = Command.run(Seq("extract", file.toString) ++ set(settings: _*): _*)
        assert(command.code === 2, command.log)
        command.message
      }
      assert(message("output.table=feat-2").startsWith("cannot use output.table = feat-2: "))
      assert(
        message(
          "output.table=lake.db.vectors",
          "features=[{ layer = softmax, column = v, as = vector }]"
        ) === "cannot make the table lake.db.vectors: the column 'v' is a vector of Spark ML, which" +
          " only tables of Spark's own catalog can hold; write it as = array"
      )
    }
  }
}
