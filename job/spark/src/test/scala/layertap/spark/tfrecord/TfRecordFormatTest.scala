package layertap.spark.tfrecord

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import layertap.failure.UserException
import layertap.testing.{SharedSpark, TempFolder, TestData}
import org.apache.spark.sql.{DataFrame, Row}
import org.apache.spark.sql.functions.{col, expr}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Columns and values of TFRecord files, beside what TensorFlow parses of them. */
class TfRecordFormatTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val folder = TestData.root.resolve("tfrecord")
  private val format = classOf[TfRecordFormat].getName

  private def read(path: Path, schema: String = ""): DataFrame = {
    val reader = spark.read.format(format)
    (if (schema.isEmpty) reader else reader.schema(schema)).load(path.toString)
  }

  private def types(rows: DataFrame): String = rows.schema.toDDL

  test("rows of every kind, plain and compressed, are those that TensorFlow parses") {
    val rows = read(folder.resolve("rows"))
    assert(
      types(rows) === "id BIGINT,ids ARRAY<BIGINT>,name BINARY,pixels ARRAY<FLOAT>,score FLOAT," +
        "tags ARRAY<BINARY>,_layertap_unreadable STRING"
    )
    val answers = new ObjectMapper()
      .readTree(TestData.root.resolve("tfrecord.answers.json").toFile)
      .get("rows")
    val expected = (0 until 12).map { i =>
      Seq(
        answers.get("id").get(i).asLong,
        answers.get("ids").get(i).asScala.map(_.asLong).toSeq,
        answers.get("name").get(i).asText,
        answers.get("pixels").get(i).asScala.map(_.floatValue).toSeq,
        answers.get("score").get(i).floatValue
      )
    }
    val found = rows
      .select(
        col("id"),
        col("ids"),
        expr("cast(name AS string)"),
        col("pixels"),
        expr("coalesce(score, -1f)"),
        col("_metadata.file_name")
      )
      .collect()
      .toSeq
    val byFile = found.groupMap(_.getString(5))(row => row.toSeq.init.map(plain))
    assert(byFile.size === 4)
    byFile.foreach { case (file, rows) => assert(rows === expected, file) }
    assert(rows.where("_layertap_unreadable is not null").isEmpty)
    assert(rows.where("score is null").count() === 4, "the record without it, in each file")
  }

  private def plain(value: Any): Any = value match {
    case values: scala.collection.Seq[_] => values.toSeq.map(plain)
    case other                           => other
  }

  test("steps of SequenceExamples are arrays, of several values arrays of arrays") {
    val rows = read(folder.resolve("sequences.tfrecord"))
    val ddl = "id BIGINT,n ARRAY<BIGINT>,steps ARRAY<ARRAY<FLOAT>>,words ARRAY<BINARY>," +
      "_layertap_unreadable STRING"
    assert(types(rows) === ddl)
    val found = rows
      .selectExpr("id", "n", "steps", "transform(words, w -> cast(w AS string))")
      .collect()
      .map(row => row.toSeq.map(plain))
    assert(
      found.toSeq === Seq(
        Seq(0L, Seq(1L), Seq(Seq(1f, 2f), Seq(3f)), Seq("a", "b")),
        Seq(1L, Seq(1L, 2L), Seq(Seq()), Seq()),
        Seq(2L, null, Seq(), Seq("c"))
      )
    )
  }

  test("a given schema: texts, some of the columns; a record that does not fit says why") {
    val file = folder.resolve("odd.tfrecord")
    val schema = "id bigint, x float, text string, many array<float>, _layertap_unreadable string"
    val rows = read(file, schema).collect()
    def why(row: Row) =
      Option(row.getString(4)).map(_.stripPrefix(s"file:${file.toAbsolutePath}: "))
    assert(
      rows.map(row => why(row).fold("")(_.split(": ", 2)(1))).toSeq === Seq(
        "",
        "the feature 'x' holds 2 values, not one",
        "the feature 'x' holds integers, not floats",
        "the feature 'text' is not text in UTF-8",
        "the feature 'x' is a list of features, not one value",
        "",
        "",
        "it is no Example or SequenceExample",
        "the feature 'x' is both a feature and a list of features",
        ""
      )
    )
    assert(why(rows(1)).get.startsWith("record 1 (counted from 0), at byte "))
    assert(rows(0).toSeq.map(plain) === Seq(0L, 1f, "a", Seq(1f, 2f), null))
    // Null is what does not fit, and nothing else.
    assert(rows(1).toSeq.init.map(plain) === Seq(1L, null, "a", Seq(1f, 2f)))
    assert(rows(5).toSeq === Seq(5L, null, null, null, null))
    assert(rows(6).toSeq.map(plain) === Seq(6L, null, "a", Seq(), null))
    // What nobody asks for need not fit.
    val ids = read(file, schema).selectExpr("id", "_layertap_unreadable").collect()
    assert(ids.count(!_.isNullAt(1)) === 1)
  }

  test("folders named by values are columns; paths may be globs") {
    TempFolder.use { target =>
      Seq("a", "b").foreach { label =>
        val into = Files.createDirectories(target.resolve(s"label=$label"))
        Files.copy(folder.resolve("rows/rows.tfrecord"), into.resolve("part-0"))
        Files.copy(folder.resolve("rows/rows.tfrecord.gz"), into.resolve("part-1"))
      }
      val rows = read(target)
      assert(rows.groupBy("label").count().collect().map(_.getLong(1)) === Array(24, 24))
      assert(rows.where("label = 'a' AND id > 0").count() === 16)
      assert(read(target.resolve("label=*/part-0")).count() === 24)
    }
  }

  /** Runs a body while no task reads more than so many bytes of a file. */
  private def withParts[A](bytes: Int)(body: => A): A = {
    val key = "spark.sql.files.maxPartitionBytes"
    spark.conf.set(key, bytes)
    try body
    finally spark.conf.unset(key)
  }

  test("a plain file is several tasks', a compressed one the one's that has its start") {
    TempFolder.use { target =>
      val plain = folder.resolve("rows/rows.tfrecord")
      val size = Files.size(plain).toInt
      val half = (size + 1) / 2
      // What a name does not say, the first bytes do.
      Files.copy(folder.resolve("rows/rows.tfrecord.gz"), target.resolve("packed.tfrecord"))
      Files.copy(folder.resolve("rows/rows_zlib.tfrecord"), target.resolve("zlib.tfrecord"))
      Seq((plain, half, Seq(6, 6)), (folder.resolve("rows/rows.tfrecord.gz"), 100, Seq(12)))
        .foreach { case (file, bytes, counts) =>
          val found = withParts(bytes)(read(file).rdd.mapPartitions(rows => Iterator(rows.size)))
          val sizes = found.collect().toSeq
          assert(sizes.size === counts.size, file)
          assert(sizes.sum === 12)
          assert(sizes.forall(_ > 0))
        }
      Seq("packed.tfrecord", "zlib.tfrecord").foreach { name =>
        val sizes = withParts(150)(
          read(target.resolve(name)).rdd.mapPartitions(rows => Iterator(rows.size)).collect().toSeq
        )
        assert(sizes.size > 1 && sizes.head === 12 && sizes.tail.forall(_ == 0), name)
      }
    }
  }

  test("files read in parts, whole or damaged, have the rows that they have unsplit") {
    TempFolder.use { target =>
      val name = "rows/rows.tfrecord"
      val file = Files.readAllBytes(folder.resolve(name))
      Files.createDirectories(target.resolve("in"))
      Files.write(target.resolve("in/a"), file)
      // The rest of c cannot be read, nor that of e, which ends within a record.
      TfRecords.damaged(name, target.resolve("in/b"), 4, 20)
      TfRecords.damaged(name, target.resolve("in/c"), 5, 3)
      Files.write(target.resolve("in/d"), (1 to 3).map(_ => TfRecords.record(file)).reduce(_ ++ _))
      Files.write(target.resolve("in/e"), file.take(file.length * 2 / 3))
      def found(bytes: Int): Seq[String] = withParts(bytes) {
        val schema = s"id bigint, pixels array<float>, ${TfRecordFormat.UNREADABLE} string"
        val rows = read(target.resolve("in"), schema)
        if (bytes < 1000) assert(rows.rdd.getNumPartitions > 10)
        rows.collect().map(_.toString).sorted.toSeq
      }
      val expected = found(1 << 20)
      // Three of the records hold a whole file each, which is no Example.
      assert(expected.count(_.contains("it is no Example")) === 3)
      assert(expected.count(_.contains("the checksum of its data is wrong")) === 1)
      assert(expected.count(_.contains("no record can be read from number")) === 2)
      Seq(97, 300, 777, 1500).foreach(bytes => assert(found(bytes) === expected, bytes))
    }
  }

  private def refused(path: Path, schema: String = ""): String =
    intercept[UserException](read(path, schema).collect()).getMessage

  test("files from which no columns can be inferred") {
    val cannot = "cannot infer the columns of the TFRecord files: "
    val remedy = "; name the columns with their types in input.schema, or check input.path"
    TempFolder.use { target =>
      Files.createFile(target.resolve("empty.tfrecord"))
      assert(refused(target) === s"${cannot}they hold no record$remedy")
      assert(read(target, "id bigint").count() === 0)
      Files.write(target.resolve("raw.tfrecord"), TfRecords.record(Array.emptyByteArray))
      assert(
        refused(target) === s"${cannot}none of the first 1 records is an Example or" +
          s" SequenceExample with features$remedy"
      )
      Files.write(target.resolve("raw.tfrecord"), TfRecords.record("no Example".getBytes))
      assert(
        refused(
          target
        ) === s"${cannot}file:$target/raw.tfrecord: record 0 (counted from 0), at byte" +
          s" 0: it is no Example or SequenceExample$remedy"
      )
    }
    val readme = Path.of("README.md").toAbsolutePath
    assert(
      refused(
        readme
      ) === s"${cannot}file:$readme: no record can be read from number 0 (counted from" +
        s" 0), at byte 0, on: the checksum of its length is wrong$remedy"
    )
  }

  test("a damaged record among the first ones does not keep columns from being inferred") {
    TempFolder.use { target =>
      TfRecords.damaged("rows/rows.tfrecord", target.resolve("in/a"), 0, 20)
      Files.copy(folder.resolve("rows/rows.tfrecord.gz"), target.resolve("in/b"))
      val rows = read(target.resolve("in"))
      assert(rows.columns.length === 7)
      val reasons =
        rows.selectExpr("_layertap_unreadable").collect().flatMap(row => Option(row.getString(0)))
      assert(
        reasons === Array(
          s"file:$target/in/a: record 0 (counted from 0), at byte 0: the checksum of its data is wrong"
        )
      )
      assert(rows.count() === 24)
    }
  }

  test("types that no feature has, and writing") {
    assert(
      refused(folder.resolve("rows/rows.tfrecord"), "id bigint, score double") === "cannot read" +
        " TFRecord files with the column 'score' of type double: features are bigint, float, binary or" +
        " string, or arrays or arrays of arrays of these; name one of these types, and cast it in" +
        " input.select"
    )
    TempFolder.use { target =>
      val failure = intercept[UserException] {
        spark.range(1).write.format(format).save(target.resolve("out").toString)
      }
      assert(
        failure.getMessage === "cannot write TFRecord files: layertap only reads them; write Parquet"
      )
    }
  }
}
