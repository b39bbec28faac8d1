package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.failure.UserException
import layertap.jobs.Digits.set
import layertap.spark.failure.AvroFailures
import layertap.testing.{JobFolder, Npz, SharedSpark, TestData}
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite

/** The digits as people have tables of them in other formats, against TensorFlow's answers. */
class FormatsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val rows = 20
  private val softmax = Npz.read(TestData.root.resolve("jobs.answers.npz"))("digits/softmax").values
  private lazy val digits = spark.read.parquet("test-data/digits").where(s"id < $rows")

  private def job(input: String, feed: String): String =
    s"""model.path = test-data/models/digits_keras3
       |input { $input, keep = [id, label] }
       |feeds = [{ input = pixels, $feed, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]
       |output.key = id""".stripMargin

  private def check(
      folder: JobFolder,
      input: String,
      feed: String = "column = pixels"
  ): DataFrame = {
    val found = folder.extracted(job(input, feed))
    val collected = found.collect()
    assert(collected.map(id).sorted === (0 until rows))
    collected.foreach { row =>
      val values = row.getAs[scala.collection.Seq[Float]]("softmax")
      assert(values.size === 10)
      values.zip(softmax.slice(id(row) * 10, id(row) * 10 + 10)).foreach { case (one, other) =>
        assert(math.abs(one - other) <= 1e-5, s"row ${id(row)}")
      }
    }
    found
  }

  private def id(row: Row): Int = row.getAs[Number]("id").intValue

  private def in(folder: JobFolder): Path = folder.path.resolve("in")

  test("ORC and Avro: arrays of numbers") {
    Seq("orc", "avro").foreach { format =>
      JobFolder.use { folder =>
        digits.write.format(format).save(in(folder).toString)
        check(folder, s"""format = $format, path = "${in(folder)}"""")
      }
    }
  }

  /** Writes the rows with one file of each kind; gives the folder. */
  private def writeBoth(folder: JobFolder, first: DataFrame, second: DataFrame): Path = {
    val all = Files.createDirectory(in(folder))
    Seq("id < 9" -> first, "id >= 9" -> second).zipWithIndex.foreach {
      case ((where, rows), number) =>
        val written = folder.path.resolve(s"written-$number")
        rows.where(where).coalesce(1).write.parquet(written.toString)
        val file = Files.list(written).filter(_.toString.endsWith(".parquet")).findFirst.get
        Files.copy(file, all.resolve(s"$number.parquet"))
    }
    all
  }

  test("Parquet files of types that no schema joins: the message does not offer one") {
    Seq("bigint" -> "double", "int" -> "string").foreach { case (first, second) =>
      JobFolder.use { folder =>
        def labelled(kind: String) = digits.selectExpr("id", s"CAST(label AS $kind)", "pixels")
        val all = writeBoth(folder, labelled(first), labelled(second))
        val input = s"""format = parquet, path = "$all""""
        val command =
          folder.extract(job(input, "column = pixels"), "--set", "input.keep=[id, label]")
        assert(command.code === 2, command.log)
        val end = s" as $first, the type that the input has; write all files with the same types"
        assert(command.message.contains("1.parquet: its column [label] is "), command.message)
        assert(command.message.endsWith(end), command.message)
      }
    }
  }

  test("Parquet files of different types: the message names the file, and its remedy reads all") {
    JobFolder.use { folder =>
      val all = writeBoth(folder, digits, wider(digits))
      val input = s"""format = parquet, path = "$all""""
      val command = folder.extract(job(input, "column = pixels"))
      assert(command.code === 2, command.log)
      assert(
        command.message.replaceFirst("file:/+", "/") ===
          s"cannot read the file $all/1.parquet: its column [id] is INT64, which Spark does not read" +
          " as int, the type that the input has; name the wider of both types in input.schema," +
          " if input.path names the files, or write all files with the same types"
      )
      check(folder, s"""$input, schema = "id bigint, label int, pixels array<double>"""")
    }
  }

  private def wider(rows: DataFrame): DataFrame =
    rows.selectExpr("CAST(id AS bigint)", "label", "CAST(pixels AS array<double>)")

  test("Avro with bytes: encoded images") {
    JobFolder.use { folder =>
      spark.read
        .format("binaryFile")
        .load("test-data/odd/tiny.png")
        .selectExpr("1 AS id", "content AS picture")
        .write
        .format("avro")
        .save(in(folder).toString)
      val found = folder.extracted(
        s"""model.path = test-data/models/any_size_keras3
                                      |input { format = avro, path = "${in(folder)}", keep = id }
                                      |feeds = [{ input = image, column = picture, image { fit = none } }]
                                      |features = [{ layer = conv, at = input, column = pixels }]""".stripMargin
      )
      assert(
        found.collect().map(row => (row.getInt(0), row.getSeq[Float](1).size)).toSeq === Seq(
          1 -> 60
        )
      )
    }
  }

  test("without Spark's module for Avro: what to add") {
    val said = new ClassNotFoundException(
      "Failed to find data source: avro. Avro is built-in but external data source module"
    )
    val failure: UserException = AvroFailures.withoutModule(said, "4.1.3").get
    assert(
      failure.getMessage === "cannot read Avro files: Spark's module for them is not on the class path;" +
        " add it with --packages org.apache.spark:spark-avro_2.13:4.1.3, or its jar with --jars"
    )
    assert(AvroFailures.withoutModule(new RuntimeException("other"), "4.1.3").isEmpty)
  }

  test("JSON: a row a line, arrays; the columns that a schema names, without reading for them") {
    JobFolder.use { folder =>
      digits.selectExpr("id", "label", "pixels", "'x' AS more").write.json(in(folder).toString)
      check(folder, s"""format = json, path = "${in(folder)}"""")
      val schema = "id bigint, label bigint, pixels array<float>"
      val jobs = SharedSpark.countTasks {
        val plan = folder.write(
          job(s"""format = json, path = "${in(folder)}", schema = "$schema"""", "column = pixels") +
            s"""\noutput { path = "${folder.output}", mode = overwrite }"""
        )
        val planned = layertap.testing.Command
          .run("plan", plan.toString, "--set", "run.trial-seconds=0")
        assert(planned.code === 0, planned.log)
      }
      assert(jobs === 0, "no row is read for the schema")
      val typed = folder.extract(
        job(s"""format = json, path = "${in(folder)}", schema = "$schema"""", "column = pixels"),
        set("output.mode=overwrite"): _*
      )
      assert(typed.code === 0, typed.log)
      assert(folder.rows.schema("id").dataType.simpleString === "bigint")
      assert(folder.manifest.get("input").get("schema").asText === schema)
    }
  }

  test("CSV: a header, a number a column; or numbers in a text") {
    JobFolder.use { folder =>
      val numbers = (0 until 64).map(i => s"pixels[$i] AS p$i")
      digits
        .selectExpr("id" +: "label" +: numbers: _*)
        .write
        .option("header", true)
        .csv(in(folder).toString)
      val columns = (0 until 64).map("p" + _).mkString("columns = [", ", ", "]")
      check(
        folder,
        s"""format = csv, path = "${in(folder)}", options { header = true, inferSchema = true }""",
        columns
      )
    }
    JobFolder.use { folder =>
      digits
        .selectExpr("id", "label", "array_join(transform(pixels, p -> string(p)), ' ') AS text")
        .write
        .csv(in(folder).toString)
      check(
        folder,
        s"""format = csv, path = "${in(folder)}", schema = "id int, label int, text string",
           |select { pixels = "cast(split(text, ' ') AS array<float>)" }""".stripMargin
      )
    }
  }
}
