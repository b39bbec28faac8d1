package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.jobs.Digits.set
import layertap.spark.tfrecord.TfRecords
import layertap.testing.{Command, JobFolder, Npz, TestData}
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Jobs over TFRecord files, against TensorFlow's answers, and what becomes of damaged records. */
class TfRecordJobTest extends AnyFunSuite {
  private val answers = Npz.read(TestData.root.resolve("jobs.answers.npz"))
  private val records = TestData.root.resolve("tfrecord")

  private def digits(path: Any, more: String = ""): String =
    s"""model.path = test-data/models/digits_keras3
       |input { format = tfrecord, path = "$path", keep = [id, label] }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]
       |output.key = id
       |$more""".stripMargin

  /** The rows of an answer that belong to ids. */
  private def assertAnswers(rows: Seq[Row], column: String, answer: String): Unit = {
    val expected = answers(answer)
    val width = expected.values.length / expected.shape.head.toInt
    assert(rows.nonEmpty)
    rows.foreach { row =>
      val id = row.getAs[Long]("id").toInt
      val found = row.getAs[scala.collection.Seq[Float]](column)
      assert(found.size === width)
      found.zip(expected.values.slice(id * width, (id + 1) * width)).foreach { case (one, other) =>
        assert(math.abs(one - other) <= 1e-5, s"row $id")
      }
    }
  }

  private def ids(rows: Seq[Row]): Seq[Long] = rows.map(_.getAs[Long]("id")).sorted

  /** Three files of eight digits, of which a record is damaged in the second. */
  private def withDamage[A](position: Int)(body: (JobFolder, Path) => A): A = JobFolder.use {
    folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      val names = Seq("0-of-00003.tfrecord", "1-of-00003.tfrecord", "2-of-00003.tfrecord.gz")
      names.map("digits-0000" + _).foreach { name =>
        Files.copy(records.resolve("digits").resolve(name), in.resolve(name))
      }
      TfRecords.damaged(
        "digits/digits-00001-of-00003.tfrecord",
        in.resolve("digits-00001-of-00003.tfrecord"),
        2,
        position
      )
      body(folder, in)
  }

  /** Bytes of a record: of its length, of its data. */
  private val (inLength, inData) = (1, 40)

  private def reason(in: Path): String =
    s"file:$in/digits-00001-of-00003.tfrecord: record 2 (counted from 0), at byte 648: the checksum of" +
      " its data is wrong"

  test("Examples in several files, plain and gzip: the features of the digits that they hold") {
    JobFolder.use { folder =>
      val rows = folder.extracted(digits(records.resolve("digits"))).collect().toSeq
      assert(ids(rows) === (0 until 24))
      assertAnswers(rows, "softmax", "digits/softmax")
      val chosen = digits(
        records.resolve("digits/*.gz"),
        "input { where = \"id > 20\", select { file = \"_metadata.file_name\" }, keep = \"*\" }\n" +
          "output.mode = overwrite"
      )
      val some = folder.extracted(chosen).collect().toSeq
      assert(some.head.schema.fieldNames === Array("id", "label", "file", "softmax"))
      assert(some.forall(_.getString(2) === "digits-00002-of-00003.tfrecord.gz"))
      assert(ids(some) === (21 until 24))
      assertAnswers(some, "softmax", "digits/softmax")
    }
  }

  test("SequenceExamples: an LSTM over steps of any number") {
    JobFolder.use { folder =>
      val rows = folder
        .extracted(s"""model.path = test-data/models/lstm_keras3
                      |input { format = tfrecord, path = "$records/events", keep = id }
                      |feeds = [{ input = events, column = events
                      |  sequence { max-length = 10, pad = post, truncate = post, value = 0 } }]
                      |features = ["lstm:sequence", "lstm:hidden"]""".stripMargin)
        .collect()
        .toSeq
      assert(ids(rows) === (0 until 6))
      assertAnswers(rows, "lstm_sequence", "events/sequence")
      assertAnswers(rows, "lstm_hidden", "events/hidden")
    }
  }

  test("a damaged record, skipped: counted, named, whatever where says") {
    withDamage(inData) { (folder, in) =>
      // A predicate is never true of a record that cannot be read.
      val more = "rows.on-invalid = skip\ninput.where = \"id < 20\""
      val rows = folder.extracted(digits(in, more)).collect().toSeq
      assert(ids(rows) === (0 until 20).filterNot(_ == 10))
      assertAnswers(rows, "softmax", "digits/softmax")
      val counts = folder.manifest.get("rows")
      assert(
        Seq("read", "written", "skipped", "invalid").map(counts.get(_).asInt) === Seq(20, 19, 1, 1)
      )
      assert(
        folder.manifest.findValue("invalid-samples").asScala.map(_.asText).toSeq === Seq(
          s"id=null: ${reason(in)}"
        )
      )
    }
  }

  test("a damaged record, kept: null, and the reason") {
    withDamage(inData) { (folder, in) =>
      val rows = folder.extracted(digits(in, "rows.on-invalid = keep")).collect().toSeq
      assert(rows.size === 24)
      val (bad, good) = rows.partition(_.isNullAt(0))
      assertAnswers(good, "softmax", "digits/softmax")
      assert(bad.map(_.toSeq) === Seq(Seq(null, null, null, reason(in))))
    }
  }

  test("a damaged record, by default: the job fails and names it") {
    withDamage(inData) { (folder, in) =>
      val command = folder.extract(digits(in))
      assert(command.code === 2, command.log)
      assert(
        command.message === s"cannot extract the row id=null: ${reason(in)}; correct or filter it, or" +
          " set rows.on-invalid to skip or keep"
      )
      // Rows before it can be had.
      val first = folder.extracted(digits(in), "--limit", "3")
      assert(first.count() === 3)
    }
  }

  test("a file that cannot be read on: what comes before counts, the rest is one invalid row") {
    withDamage(inLength) { (folder, in) =>
      val rows = folder.extracted(digits(in, "rows.on-invalid = keep")).collect().toSeq
      val (bad, good) = rows.partition(_.isNullAt(0))
      assert(ids(good) === (0 until 10) ++ (16 until 24))
      assert(
        bad.map(_.getString(3)) === Seq(
          s"file:$in/digits-00001-of-00003.tfrecord: no record can be read from number 2 (counted from" +
            " 0), at byte 648, on: the checksum of its length is wrong"
        )
      )
      val budget =
        digits(in, "rows { on-invalid = skip, max-invalid = 0 }\noutput.mode = overwrite")
      val refused = folder.extract(budget)
      assert(refused.code === 2)
      assert(refused.message.startsWith("cannot publish: 1 of 19 rows are invalid, more than"))
    }
  }

  test("resume: a damaged record is counted in each run, and read once it is repaired") {
    withDamage(inData) { (folder, in) =>
      val resume = digits(in, "output.mode = resume\noutput.chunk-rows = 9")
      val skip = set("rows.on-invalid=skip")
      Seq("error", "keep").foreach { policy =>
        val refused = folder.extract(resume, set(s"rows.on-invalid=$policy"): _*)
        assert(refused.code === 2, refused.log)
        assert(
          refused.message === "cannot resume: a record of the input cannot be read, and no later run" +
            s" could find them again by output.key; the first is ${reason(in)}; repair the file or leave" +
            " it out, or set rows.on-invalid to skip"
        )
      }
      val first = folder.extracted(resume, skip: _*).collect().toSeq
      assert(ids(first) === (0 until 24).filterNot(_ == 10))
      val counts = folder.manifest.get("rows")
      assert(Seq("read", "written", "skipped").map(counts.get(_).asInt) === Seq(24, 23, 1))
      val again = folder.extract(resume, skip: _*)
      assert(again.code === 0, again.log)
      assert(again.log.contains("nothing is missing in"), again.log)
      assert(again.log.contains(" but 1 rows that are still invalid"), again.log)
      val strict = folder.extract(resume, skip ++ set("rows.max-invalid=0"): _*)
      assert(strict.code === 2, strict.log)
      assert(strict.message.startsWith("cannot publish: 1 of 24 rows are invalid"), strict.message)
      val name = "digits-00001-of-00003.tfrecord"
      Files.delete(in.resolve(name))
      Files.copy(records.resolve("digits").resolve(name), in.resolve(name))
      val whole = folder.extracted(resume).collect().toSeq
      assert(ids(whole) === (0 until 24))
      assertAnswers(whole, "softmax", "digits/softmax")
    }
  }

  private def refused(settings: String*): String = JobFolder.use { folder =>
    val command = folder.extract(digits(records.resolve("digits")), set(settings: _*): _*)
    assert(command.code === 2, command.log)
    command.message
  }

  test("what a user may get wrong") {
    assert(
      refused(
        "input.select.pixel=explode(pixels)"
      ) === "cannot use explode in input.select: it would" +
        " leave out records that cannot be read, without counting them; use explode_outer"
    )
    assert(
      refused(
        "input.keep=[idd]"
      ) === "cannot read the column 'idd' that input.keep names: the input" +
        " has no such column; nearest: id, label, pixels"
    )
    val schema = refused("input.schema=id bignum")
    assert(schema.startsWith("cannot read input.schema = \"id bignum\": "), schema)
    assert(
      schema.endsWith(
        "; write columns with their types, as in \"id bigint, `image/encoded` binary, pixels" +
          " array<float>\""
      ),
      schema
    )
    assert(
      refused("input.schema=pixels array<double>", "input.keep=[]", "output.key=[]").startsWith(
        "cannot read TFRecord files with the column 'pixels' of type array<double>: "
      )
    )
    assert(
      refused("input.schema=pixels array<float>", "input.table=t", "input.path=null").endsWith(
        "input.schema is of no use with table, which has columns of its own"
      )
    )
    assert(
      refused("input.schema=pixels array<float>", "input.format=image-files") === "cannot use" +
        " input.schema with image-files: each has the columns path, modificationTime, length and" +
        " content; leave input.schema out"
    )
  }

  test("plan knows the columns of the records, and says what does not fit") {
    JobFolder.use { folder =>
      val file =
        folder.write(digits(records.resolve("digits"), s"output.path = \"${folder.output}\""))
      val planned = Command.run("plan", file.toString, "--set", "run.trial-seconds=0")
      assert(planned.code === 0, planned.log)
      assert(planned.out.contains("pixels"), planned.out)
      val texts = Command.run(
        Seq("plan", file.toString, "--set", "run.trial-seconds=0") ++
          set("feeds=[{ input = pixels, column = label, tensor { shape = [8, 8, 1] } }]"): _*
      )
      assert(texts.code === 2, texts.log)
      assert(
        texts.message.startsWith(
          "cannot feed 'label' to input = pixels: the column's type is bigint"
        )
      )
    }
  }
}
