package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.jobs.Digits.set
import layertap.spark.tfrecord.TfRecords
import layertap.testing.{JobFolder, Npz, SharedSpark, TestData}
import org.apache.spark.sql.Row
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{Example, Feature, Int64List}
import scala.jdk.CollectionConverters._

/** Every kind of damage in files that TensorFlow wrote, under every policy and mode of output, and
  * plain files in parts of some records: each row once, and counted once.
  */
class DamagedRecordsJobTest extends AnyFunSuite with BeforeAndAfterAll {
  private val partBytes = "spark.sql.files.maxPartitionBytes"

  override def beforeAll(): Unit = SharedSpark.session.conf.set(partBytes, 700)

  override def afterAll(): Unit = SharedSpark.session.conf.unset(partBytes)

  private val answers = Npz.read(TestData.root.resolve("jobs.answers.npz"))("digits/softmax")

  private def file(name: String): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve(s"tfrecord/digits/digits-0000$name"))

  /** Eight digits each: from 0, from 8, and from 16. */
  private lazy val (first, second, third) =
    (file("0-of-00003.tfrecord"), file("1-of-00003.tfrecord"), file("2-of-00003.tfrecord.gz"))

  private val size = 324

  private def flipped(bytes: Array[Byte], position: Int): Array[Byte] =
    bytes.updated(position, (bytes(position) ^ 1).toByte)

  /** A digit's record with another feature, or without one. */
  private def changed(id: Int)(change: java.util.Map[String, Feature] => Unit): Array[Byte] = {
    val start = id * size + 12
    val example = Example.parseFrom(first.slice(start, start + size - 16))
    val features = new java.util.TreeMap(example.getFeatures.getFeatureMap)
    change(features)
    val builder = Example.newBuilder
    builder.getFeaturesBuilder.putAllFeature(features)
    TfRecords.record(builder.build().toByteArray)
  }

  private lazy val without = changed(1)(_.remove("pixels"))
  private lazy val ofIntegers = changed(2) { features =>
    val integers = Feature.newBuilder.setInt64List(Int64List.newBuilder.addValue(1))
    features.put("pixels", integers.build())
    val id = Feature.newBuilder.setInt64List(Int64List.newBuilder.addValue(100))
    features.put("id", id.build())
  }

  /** Files by name with what is wrong with each, and the ids that can be read. */
  private lazy val damaged: Seq[(String, Array[Byte], Option[String], Seq[Int])] = {
    def rest(number: Int, byte: String, what: String) =
      Some(s"no record can be read from number $number (counted from 0), at byte $byte, on: $what")
    def record(number: Int, byte: String, what: String) =
      Some(s"record $number (counted from 0), at byte $byte: $what")
    val ends = "the file ends within it"
    Seq(
      (
        "a-data",
        flipped(first, size + 40),
        record(1, "324", "the checksum of its data is wrong"),
        (0 until 8).filterNot(_ == 1)
      ),
      (
        "b-length",
        flipped(second, 3 * size + 2),
        rest(3, "972", "the checksum of its length is wrong"),
        8 until 11
      ),
      (
        "c-cut.gz",
        third.dropRight(30),
        rest(7, "2,268", "its compressed data is damaged: Unexpected end of input stream"),
        16 until 23
      ),
      ("d-empty", Array.emptyByteArray, None, Nil),
      ("e-byte", Array[Byte](1), rest(0, "0", ends), Nil),
      ("f-cut", second.slice(3 * size, 6 * size - 1), rest(2, "648", ends), 11 until 13),
      (
        "g-text",
        TfRecords.record("no Example".getBytes),
        record(0, "0", "it is no Example or SequenceExample"),
        Nil
      ),
      ("h-kind", ofIntegers, record(0, "0", "the feature 'pixels' holds integers, not floats"), Nil)
    )
  }

  private def write(folder: JobFolder, name: String, files: (String, Array[Byte])*): Path = {
    val in = Files.createDirectories(folder.path.resolve(name))
    files.foreach { case (name, bytes) => Files.write(in.resolve(name), bytes) }
    in
  }

  private def writeDamaged(folder: JobFolder): Path =
    write(folder, "in", damaged.map { case (name, bytes, _, _) => name -> bytes }: _*)

  private lazy val readable = damaged.flatMap(_._4).sorted

  private def reasons(in: Path): Seq[String] =
    damaged.collect { case (name, _, Some(reason), _) => s"file:$in/$name: $reason" }

  private def job(in: Path, more: String): String =
    s"""model.path = test-data/models/digits_keras3
       |input { format = tfrecord, path = "$in", keep = [id, label]
       |  schema = "id bigint, label bigint, pixels array<float>" }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]
       |output.key = id
       |$more""".stripMargin

  /** Rows that have features, beside Keras', and their ids. */
  private def assertAnswers(rows: Seq[Row], ids: Seq[Int]): Unit = {
    assert(rows.map(_.getAs[Long]("id")).sorted === ids)
    rows.foreach { row =>
      val id = row.getAs[Long]("id").toInt
      row.getAs[scala.collection.Seq[Float]]("softmax").zipWithIndex.foreach { case (value, i) =>
        assert(math.abs(value - answers.values(id * 10 + i)) <= 1e-5, s"row $id")
      }
    }
  }

  private def counts(folder: JobFolder): Seq[Int] =
    Seq("read", "written", "skipped", "invalid").map(folder.manifest.get("rows").get(_).asInt)

  private def samples(folder: JobFolder): Seq[String] =
    folder.manifest
      .findValue("invalid-samples")
      .asScala
      .map(_.asText.replaceFirst("^id=(null|100): ", ""))
      .toSeq

  test("skip, in every mode: what can be read is there once, what cannot is counted once") {
    Seq("error", "overwrite", "append", "resume").foreach { mode =>
      JobFolder.use { folder =>
        val in = writeDamaged(folder)
        val rows = folder.extracted(job(in, s"rows.on-invalid = skip\noutput.mode = $mode"))
        assertAnswers(rows.collect().toSeq, readable)
        assert(counts(folder) === Seq(readable.size + 7, readable.size, 7, 7), mode)
        assert(samples(folder).sorted === reasons(in), mode)
      }
    }
  }

  test("keep: a row of nulls and the reason for each damage") {
    JobFolder.use { folder =>
      val in = writeDamaged(folder)
      val rows = folder.extracted(job(in, "rows.on-invalid = keep")).collect().toSeq
      val (good, bad) = rows.partition(_.isNullAt(3))
      assertAnswers(good, readable)
      assert(bad.map(_.getString(3)).sorted === reasons(in))
      assert(bad.forall(_.isNullAt(2)))
      // Of a record with one feature that does not fit, the others are there.
      val known = bad.filterNot(_.isNullAt(0)).map(row => (row.getLong(0), row.getLong(1)))
      assert(known === Seq((100L, 2L)))
      assert(counts(folder) === Seq(readable.size + 7, readable.size + 7, 0, 7))
    }
  }

  test("error: each damage alone stops the job, and is named") {
    damaged.foreach { case (name, bytes, reason, ids) =>
      JobFolder.use { folder =>
        val in = write(folder, "in", name -> bytes)
        val command = folder.extract(job(in, "rows.min = 0"))
        reason.fold(assert(command.code === 0, command.log)) { why =>
          assert(command.code === 2, command.log)
          assert(
            command.message.replace("id=100", "id=null") ===
              s"cannot extract the row id=null: file:$in/$name: $why; correct or filter" +
              " it, or set rows.on-invalid to skip or keep"
          )
          assert(!Files.exists(folder.output))
        }
      }
    }
  }

  test("where: judges what is known of a record; one of which nothing is known is counted") {
    // The record with id 100 and label 2 has no pixels; two more and the rests of files nothing at all.
    Seq(
      "id < 100" -> Seq(),
      "label < 5 AND id IS NOT NULL" -> Seq(100L),
      "id <> 100 AND pixels IS NOT NULL" -> Seq(),
      "pixels[0] >= 0" -> Seq(100L)
    ).foreach { case (where, misfits) =>
      Seq("overwrite", "resume").filter(_ == "overwrite" || !where.contains("pixels")).foreach {
        mode =>
          JobFolder.use { folder =>
            val in = writeDamaged(folder)
            val policy = if (mode == "resume") "skip" else "keep"
            val more = s"input.where = \"$where\"\nrows.on-invalid = $policy\noutput.mode = $mode"
            val rows = folder.extracted(job(in, more)).collect().toSeq
            val good = rows.filterNot(_.isNullAt(2))
            val labels = good.map(row => row.getLong(0) -> row.getLong(1)).toMap
            if (where.startsWith("label")) {
              assert(labels.values.forall(_ < 5) && labels.nonEmpty)
              assertAnswers(good, labels.keys.map(_.toInt).toSeq.sorted)
            } else assertAnswers(good, readable)
            if (policy == "keep") {
              val bad = rows.filter(_.isNullAt(2))
              assert(bad.filterNot(_.isNullAt(0)).map(_.getLong(0)) === misfits, where)
              assert(bad.count(_.isNullAt(0)) === 6, where)
            } else assert(counts(folder)(2) === 6 + misfits.size, where)
          }
      }
    }
  }

  test("append: damage of each part is judged against the budget, and adds nothing twice") {
    JobFolder.use { folder =>
      val append = "rows.on-invalid = skip\noutput.mode = append\noutput.key = id"
      folder.extracted(job(write(folder, "one", "a" -> first), append))
      val more = write(folder, "two", "b-length" -> damaged(1)._2, "c-cut.gz" -> damaged(2)._2)
      val refused = folder.extract(job(more, append), set("rows.max-invalid=0.1"): _*)
      assert(refused.code === 2, refused.log)
      assert(
        refused.message.startsWith("cannot publish: 2 of 12 rows are invalid"),
        refused.message
      )
      assert(folder.rows.count() === 8)
      val rows = folder.extracted(job(more, append), set("rows.max-invalid=0.2"): _*)
      assertAnswers(rows.collect().toSeq, (0 until 11) ++ (16 until 23))
      assert(counts(folder) === Seq(12, 10, 2, 2))
    }
  }

  test("resume: files are repaired one after the other, and each row is added once") {
    JobFolder.use { folder =>
      val in =
        write(folder, "in", "a" -> (first.take(size) ++ without), "b-length" -> damaged(1)._2)
      val resume = job(in, "rows.on-invalid = skip\noutput { mode = resume, chunk-rows = 3 }")
      def resumed(ids: Seq[Int], counted: Seq[Int]): Unit = {
        assertAnswers(folder.extracted(resume).collect().toSeq, ids)
        assert(counts(folder).take(3) === counted)
      }
      // One that has its key, but no pixels; and the rest of a file.
      resumed(0 +: (8 until 11), Seq(6, 4, 2))
      Files.write(in.resolve("a"), first)
      resumed((0 until 11), Seq(8, 7, 1))
      Files.write(in.resolve("b-length"), second)
      resumed(0 until 16, Seq(5, 5, 0))
    }
  }

  test("resume: a record that has its key, and a feature that does not fit, is found again") {
    Seq("skip" -> Seq(9, 8, 1), "keep" -> Seq(9, 9, 0)).foreach { case (policy, counted) =>
      JobFolder.use { folder =>
        val in = write(folder, "in", "a" -> first, "h-kind" -> ofIntegers)
        val resume = job(in, s"rows.on-invalid = $policy\noutput { mode = resume, chunk-rows = 3 }")
        val rows = folder.extracted(resume).collect().toSeq
        assertAnswers(rows.filterNot(_.isNullAt(2)), 0 until 8)
        assert(counts(folder).take(3) === counted)
        val kept = rows.filter(_.isNullAt(2)).map(row => (row.getLong(0), row.getString(3)))
        assert(kept === (if (policy == "keep") Seq(100L -> reasons(in).last) else Nil))
        folder.extracted(resume)
        assert(folder.rows.count() === rows.size)
      }
    }
  }

  test("resume: a record that can be read has no key") {
    JobFolder.use { folder =>
      val in = write(folder, "in", "a" -> (first ++ changed(3)(_.remove("id"))))
      val command = folder.extract(job(in, "rows.on-invalid = skip\noutput.mode = resume"))
      assert(command.code === 2, command.log)
      assert(
        command.message === "cannot tell rows apart by id: it is null in some rows; filter them by" +
          " input.where, or set another output.key"
      )
    }
  }
}
