package layertap.jobs.rows

import com.google.protobuf.ByteString
import java.net.URI
import java.nio.file.Files
import layertap.jobs.Digits.set
import layertap.jobs.output.RemoteStorage
import layertap.spark.tfrecord.TfRecords
import layertap.testing.{Command, JobFolder, Npz, RequestLog, SharedSpark, Storage, TestData}
import org.apache.hadoop.fs.Path
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{BytesList, Example, Feature, Features}

/** Rows of every format on HDFS or in an object store, by globs and in folders named by values;
  * started as [[layertap.jobs.output.RemoteStorageTest]] is.
  */
class RemoteInputsTest extends AnyFunSuite {
  import RemoteStorage.{fresh, isObjectStore, settings}

  private val spark = SharedSpark.session
  private val answers = Npz.read(TestData.root.resolve("jobs.answers.npz"))("digits/softmax").values
  private val records = TestData.root.resolve("tfrecord/digits")
  private val partBytes = "spark.sql.files.maxPartitionBytes"

  private def write(to: String, bytes: Array[Byte], at: Storage): Unit = {
    val path = new Path(to)
    val stream = path.getFileSystem(at.configuration).create(path)
    try stream.write(bytes)
    finally stream.close()
  }

  private def job(input: String, feed: String = "column = pixels"): String =
    s"""model.path = test-data/models/digits_keras3
       |input { $input, keep = [id, part] }
       |feeds = [{ input = pixels, $feed, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]
       |output.key = id""".stripMargin

  private def assertAnswers(rows: Seq[Row], ids: Seq[Int]): Unit = {
    assert(rows.map(id).sorted === ids)
    rows.foreach { row =>
      row.getAs[scala.collection.Seq[Float]]("softmax").zipWithIndex.foreach { case (value, i) =>
        assert(math.abs(value - answers(id(row) * 10 + i)) <= 1e-5, s"row ${id(row)}")
      }
    }
  }

  private def id(row: Row): Int = row.getAs[Number]("id").intValue

  private def withParts[A](bytes: Int)(body: => A): A = {
    spark.conf.set(partBytes, bytes)
    try body
    finally spark.conf.unset(partBytes)
  }

  /** Digits in folders part=0 to part=2, of eight each. */
  private def uploadRecords(at: Storage): Unit =
    Seq("0-of-00003.tfrecord", "1-of-00003.tfrecord", "2-of-00003.tfrecord.gz").zipWithIndex
      .foreach { case (name, part) =>
        val bytes = Files.readAllBytes(records.resolve(s"digits-0000$name"))
        write(s"${at.root}/rows/part=$part/digits-$name", bytes, at)
      }

  test("TFRecord: folders named by values, globs, files in parts") {
    val at = fresh()
    uploadRecords(at)
    Seq(700, 1 << 20).foreach { bytes =>
      withParts(bytes)(JobFolder.use { folder =>
        val input = s"""format = tfrecord, path = "${at.root}/rows""""
        val rows = folder.extracted(job(input)).collect().toSeq
        assertAnswers(rows, 0 until 24)
        rows.foreach(row => assert(row.getAs[Int]("part") === id(row) / 8))
        val more =
          s"""path = "${at.root}/rows/part={1,2}/*.tfrecord*", options.basePath = "${at.root}/rows""""
        val some = folder.extracted(
          job(s"$input, $more, where = \"part = 1\""),
          set("output.mode=overwrite"): _*
        )
        assertAnswers(some.collect().toSeq, 8 until 16)
      })
    }
  }

  test("TFRecord: a damaged file, in parts") {
    val at = fresh()
    uploadRecords(at)
    val whole = Files.readAllBytes(records.resolve("digits-00001-of-00003.tfrecord"))
    val name = s"${at.root}/rows/part=1/digits-1-of-00003.tfrecord"
    write(name, whole.updated(2 * 324 + 1, 9: Byte), at)
    withParts(700)(JobFolder.use { folder =>
      val input = s"""format = tfrecord, path = "${at.root}/rows""""
      val rows = folder.extracted(job(input), set("rows.on-invalid=keep"): _*).collect().toSeq
      val (good, bad) = rows.partition(_.isNullAt(3))
      assertAnswers(good, (0 until 10) ++ (16 until 24))
      assert(
        bad.map(_.getString(3)) === Seq(
          s"$name: no record can be read from number 2 (counted from 0), at byte 648, on: the" +
            " checksum of its length is wrong"
        )
      )
      assert(bad.map(_.getAs[Int]("part")) === Seq(1))
    })
  }

  test("TFRecord: what init writes for a folder there runs") {
    val at = fresh()
    uploadRecords(at)
    JobFolder.use { folder =>
      val file = folder.path.resolve("first.conf")
      val written = Command.run(
        "init",
        "test-data/models/digits_keras3",
        s"${at.root}/rows",
        "--output",
        file.toString
      )
      assert(written.code === 0, written.log)
      val extracted = folder.extractFile(file)
      assert(extracted.code === 0, extracted.log)
      assert(folder.rows.count() === 24)
    }
  }

  if (isObjectStore) {
    test("TFRecord: what tasks ask for to find their parts of a file") {
      val at = fresh()
      val bytes = BytesList.newBuilder.addValue(ByteString.copyFrom(new Array[Byte](10000)))
      val features =
        Features.newBuilder.putFeature("x", Feature.newBuilder.setBytesList(bytes).build())
      val record = TfRecords.record(Example.newBuilder.setFeatures(features).build().toByteArray)
      write(s"${at.root}/large.tfrecord", Array.fill(400)(record).flatten, at)
      val log = new RequestLog(URI.create(settings("fs.s3a.endpoint")))
      try {
        val rows = spark.read
          .format("layertap.spark.tfrecord.TfRecordFormat")
          .schema("id bigint, _layertap_unreadable string")
          .option("fs.s3a.endpoint", log.endpoint)
          .option("fs.s3a.impl.disable.cache", true)
        withParts(1 << 20) {
          val found = rows.load(s"${at.root}/large.tfrecord")
          assert(found.rdd.getNumPartitions === 4)
          assert(found.where("_layertap_unreadable is not null").count() === 0)
          assert(found.count() === 400)
        }
        val asked = log.reads("large.tfrecord")
        assert(asked.nonEmpty && asked.size <= 16, asked)
      } finally log.close()
    }
  }

  private lazy val digits =
    spark.read
      .parquet("test-data/digits")
      .where("id < 24")
      .selectExpr("*", "cast(id div 8 as int) AS part")

  private def check(at: Storage, input: String, feed: String): Unit = JobFolder.use { folder =>
    val rows = folder.extracted(job(s"""$input, path = "${at.root}/in"""", feed)).collect().toSeq
    assertAnswers(rows, 0 until 24)
    rows.foreach(row => assert(row.getAs[Int]("part") === id(row) / 8))
    val some = folder.extracted(
      job(
        s"""$input, path = "${at.root}/in/part=[12]/*", options.basePath = "${at.root}/in"""",
        feed
      ),
      set("output.mode=overwrite"): _*
    )
    assertAnswers(some.collect().toSeq, 8 until 24)
  }

  Seq("orc", "avro", "json").foreach { format =>
    test(s"$format: folders named by values, globs") {
      val at = fresh()
      digits.write.partitionBy("part").format(format).save(s"${at.root}/in")
      check(at, s"format = $format", "column = pixels")
    }
  }

  test("csv: folders named by values, globs") {
    val at = fresh()
    val numbers = (0 until 64).map(i => s"pixels[$i] AS p$i")
    digits
      .selectExpr(Seq("id", "part") ++ numbers: _*)
      .write
      .partitionBy("part")
      .option("header", true)
      .csv(s"${at.root}/in")
    val columns = (0 until 64).map(i => s"p$i").mkString(", ")
    check(
      at,
      "format = csv, options { header = true, inferSchema = true }",
      s"columns = [$columns]"
    )
  }
}
