package layertap.spark.featurizer

import java.nio.file.{Files, Path}
import layertap.spark.featurizer.Featurizers.digits
import layertap.spark.tfrecord.{TfRecordFormat, TfRecords}
import layertap.testing.{Npz, SharedSpark, TempFolder, TestData}
import org.apache.spark.sql.{DataFrame, Row}
import org.apache.spark.sql.streaming.Trigger
import org.scalatest.funsuite.AnyFunSuite

/** Features for rows of TFRecord files in a program: tables, streams, tables of a catalog. */
class TfRecordFeaturizerTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val format = classOf[TfRecordFormat].getName
  private val answers = Npz.read(TestData.root.resolve("jobs.answers.npz"))("digits/softmax").values
  private val records = TestData.root.resolve("tfrecord/digits")
  private val columns = "id bigint, label bigint, pixels array<float>"
  private val schema = s"$columns, ${TfRecordFormat.UNREADABLE} string"
  private val size = 324

  private def assertAnswers(rows: Seq[Row], ids: Seq[Int]): Unit = {
    assert(rows.map(_.getAs[Long]("id")).sorted === ids)
    rows.foreach { row =>
      val id = row.getAs[Long]("id").toInt
      row.getAs[scala.collection.Seq[Float]]("softmax").zipWithIndex.foreach { case (value, i) =>
        assert(math.abs(value - answers(id * 10 + i)) <= 1e-5, s"row $id")
      }
    }
  }

  /** Eight digits, of which the third is damaged. */
  private def damaged(folder: Path): Path =
    TfRecords.damaged("digits/digits-00001-of-00003.tfrecord", folder.resolve("a"), 2, 40)

  private def reason(file: Path): String =
    s"file:$file: record 2 (counted from 0), at byte 648: the checksum of its data is wrong"

  test("rows with and without a schema, in parts, in any partitions") {
    val plain = spark.read.format(format).load(records.toString)
    assertAnswers(digits().transform(plain).collect().toSeq, 0 until 24)
    spark.conf.set("spark.sql.files.maxPartitionBytes", 700)
    try {
      val parts = spark.read.format(format).schema(schema).load(records.toString)
      assert(parts.rdd.getNumPartitions > 4)
      assertAnswers(digits().transform(parts).collect().toSeq, 0 until 24)
      assertAnswers(digits().transform(parts.repartition(3)).collect().toSeq, 0 until 24)
      assertAnswers(
        digits().transform(parts.select("pixels", "id")).where("id < 9").collect().toSeq,
        0 until 9
      )
    } finally spark.conf.unset("spark.sql.files.maxPartitionBytes")
  }

  test("a damaged record: left out, kept with its reason, or a failure") {
    TempFolder.use { folder =>
      val file = damaged(folder.resolve("in"))
      val rows = spark.read.format(format).schema(schema).load(file.toString)
      val good = (8 until 16).filterNot(_ == 10)
      assertAnswers(digits().setOnInvalid("skip").transform(rows).collect().toSeq, good)
      val kept = digits().setOnInvalid("keep").transform(rows).collect().toSeq
      assert(kept.size === 8)
      val (bad, known) = kept.partition(_.isNullAt(0))
      assertAnswers(known, good)
      assert(bad.map(_.getAs[String]("_error")) === Seq(reason(file)))
      val failure = intercept[Exception](digits().transform(rows).collect())
      assert(messages(failure).exists(_.contains(reason(file))))
    }
  }

  private def messages(failure: Throwable): Seq[String] =
    Iterator.iterate(failure)(_.getCause).takeWhile(_ != null).map(_.getMessage).toSeq

  test("a schema without the column for the reason: no record is null without a word") {
    TempFolder.use { folder =>
      val file = damaged(folder.resolve("in"))
      val rows = spark.read.format(format).schema(columns).load(file.toString)
      val failure = intercept[Exception](digits().setOnInvalid("skip").transform(rows).collect())
      assert(
        messages(failure).contains(
          s"cannot read a record: ${reason(file)}; repair the file, or add the column" +
            " _layertap_unreadable string to the schema: such a record is then a row of nulls, and" +
            " this column says why"
        )
      )
      assertAnswers(
        digits()
          .transform(spark.read.format(format).schema(columns).load(records.toString))
          .collect()
          .toSeq,
        0 until 24
      )
    }
  }

  test("a stream of files: each record once, also after a restart") {
    TempFolder.use { folder =>
      val in = Files.createDirectory(folder.resolve("in"))
      def run(): Seq[Row] = {
        val stream = spark.readStream.format(format).schema(schema).load(in.toString)
        val query = digits()
          .setOnInvalid("skip")
          .transform(stream)
          .writeStream
          .format("parquet")
          .option("checkpointLocation", folder.resolve("checkpoint").toString)
          .trigger(Trigger.AvailableNow())
          .start(folder.resolve("out").toString)
        assert(query.awaitTermination(120_000))
        spark.read.parquet(folder.resolve("out").toString).collect().toSeq
      }
      Files.copy(records.resolve("digits-00000-of-00003.tfrecord"), in.resolve("b"))
      assertAnswers(run(), 0 until 8)
      damaged(in)
      Files.copy(records.resolve("digits-00002-of-00003.tfrecord.gz"), in.resolve("c"))
      assertAnswers(run(), (0 until 24).filterNot(_ == 10))
      assertAnswers(run(), (0 until 24).filterNot(_ == 10))
    }
  }

  test("a table of the catalog over TFRecord files") {
    spark.sql(s"CREATE TABLE records ($schema) USING $format LOCATION '${records.toUri}'")
    try assertAnswers(digits().transform(spark.table("records")).collect().toSeq, 0 until 24)
    finally spark.sql("DROP TABLE records")
  }
}
