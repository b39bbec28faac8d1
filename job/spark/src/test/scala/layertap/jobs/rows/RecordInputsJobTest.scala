package layertap.jobs.rows

import java.nio.file.Files
import layertap.testing.{Command, JobFolder, Npz, SharedSpark, TestData}
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** One TFRecord file's records feed models of five inputs, against Keras' answers. */
class RecordInputsJobTest extends AnyFunSuite {
  private val folder = TestData.root.resolve("records")
  private val answers = Npz.read(TestData.root.resolve("records.answers.npz"))
  private val count = 23

  private def job(keras: String, features: String, pad: String, input: String = ""): String =
    s"""model.path = "$folder/$keras"
       |input { format = tfrecord, path = "$folder/rows", keep = id
       |$input }
       |feeds = [
       |  { input = photo, column = photo, image { preprocessing = tf } }
       |  { input = stats, column = stats, tensor {} }
       |  { input = kind, column = kind, tensor {} }
       |  { input = word, column = word, tensor {} }
       |  { input = steps, column = steps, sequence { $pad } }
       |]
       |features = [$features]
       |output.key = id""".stripMargin

  private def numbers(row: Row, column: String): Seq[Float] = row.getAs[Any](column) match {
    case vector: Vector                  => vector.toArray.toSeq.map(_.toFloat)
    case values: scala.collection.Seq[_] => values.toSeq.map(_.asInstanceOf[Float])
  }

  private def assertClose(found: Seq[Float], expected: Seq[Double], what: String): Unit = {
    assert(found.size === expected.size, what)
    found.zip(expected).foreach { case (one, other) => assert(math.abs(one - other) <= 1e-5, what) }
  }

  /** Columns beside the answers of a Keras. */
  private def assertAnswers(rows: Seq[Row], keras: String, columns: Seq[String]): Unit = {
    assert(rows.map(_.getAs[Long]("id")).sorted === (0 until count))
    columns.foreach { column =>
      val answer = answers(s"$keras/$column").values.toSeq
      val width = answer.size / count
      rows.foreach { row =>
        val id = row.getAs[Long]("id").toInt
        assertClose(
          numbers(row, column),
          answer.slice(id * width, id * width + width),
          s"$column of $id"
        )
      }
    }
  }

  /** The steps of each row, of any number. */
  private def assertSteps(rows: Seq[Row], keras: String): Unit = {
    val ends = answers(s"$keras/lstm_steps").values.map(_.toInt).scanLeft(0)(_ + _)
    rows.foreach { row =>
      val id = row.getAs[Long]("id").toInt
      val expected = answers(s"$keras/lstm").values.toSeq.slice(ends(id) * 3, ends(id + 1) * 3)
      assertClose(numbers(row, "lstm"), expected, s"lstm of $id")
    }
  }

  private val pooled =
    """{ layer = conv, pool = avg, column = conv_avg }
      |{ layer = conv, pool = max, as = vector, column = conv_max }
      |{ layer = lstm, pool = avg, column = lstm_avg }
      |{ layer = lstm, pool = max, column = lstm_max }
      |{ layer = lstm, pool = first, column = lstm_first }
      |{ layer = lstm, pool = last, as = vector, column = lstm_last }""".stripMargin

  private val pools =
    Seq("conv_avg", "conv_max", "lstm_avg", "lstm_max", "lstm_first", "lstm_last")

  Seq("keras2", "keras3").foreach { keras =>
    test(s"$keras: photo, numbers, class, text and steps of each record; plain, gzip and zlib") {
      JobFolder.use { out =>
        val features = "conv, numbers, kinds, words, lstm, scores\n" + pooled
        val rows = out.extracted(job(keras, features, "pad = none")).collect().toSeq
        assertAnswers(rows, keras, Seq("conv", "numbers", "kinds", "words", "scores") ++ pools)
        assertSteps(rows, keras)
      }
    }

    test(s"$keras: steps padded at either end, which no pool counts; columns by a schema; parts") {
      val schema =
        "schema = \"id bigint, photo binary, stats array<float>, kind bigint, word string, " +
          "steps array<array<float>>\""
      val key = "spark.sql.files.maxPartitionBytes"
      SharedSpark.session.conf.set(key, 700)
      try
        // Steps that are added before the others reach an LSTM first.
        Seq("pad = post" -> pools, "pad = pre" -> pools.take(2)).foreach { case (pad, columns) =>
          JobFolder.use { out =>
            val rows = out
              .extracted(job(keras, pooled, s"$pad, max-length = 6", schema))
              .collect()
              .toSeq
            assertAnswers(rows, keras, columns)
          }
        }
      finally SharedSpark.session.conf.unset(key)
    }
  }

  test("plan: names and types of a schema beside those of the first records") {
    JobFolder.use { out =>
      val schema = "id bigint, photo binary, stat array<float>, kind float, word string, " +
        "steps array<array<float>>"
      val configuration = job("keras3", "scores", "pad = none", s"schema = \"$schema\"")
        .replace("column = stats", "column = stat")
      val file = out.write(s"$configuration\noutput.path = \"${out.output}\"")
      val plan = Command.run("plan", file.toString, "--set", "run.trial-seconds=0")
      assert(plan.code === 0, plan.log)
      assert(
        plan.log.linesIterator.filter(_.contains("input.schema")).toSeq === Seq(
          "layertap: warning: input.schema names 'stat', but none of the first 23 records has such a" +
            " feature; nearest: stats, steps, id, kind, photo",
          "layertap: warning: input.schema gives 'kind' a type that none of the first 23 records fits:" +
            " the feature 'kind' holds integers, not floats; correct the type, or leave input.schema" +
            " out to have types inferred"
        )
      )
      val whole = schema.replace("stat ", "stats ").replace("kind float", "kind bigint")
      val right = out.write(
        job("keras3", "scores", "pad = none", s"schema = \"$whole\"") +
          s"\noutput.path = \"${out.output}\""
      )
      val planned = Command.run("plan", right.toString, "--set", "run.trial-seconds=0")
      assert(planned.code === 0 && !planned.log.contains("warning"), planned.log)
      val without =
        out.write(job("keras3", "scores", "pad = none").replace("column = stats", "column = stat"))
      val refused = Command.run("plan", without.toString, "--set", s"output.path=${out.output}")
      assert(refused.code === 2)
      assert(
        refused.message === "cannot read the column 'stat' that feeds names: the input has no such" +
          " column; nearest: stats, steps, id, kind, photo"
      )
    }
  }

  Seq("keras2", "keras3").foreach { keras =>
    test(s"$keras: what init writes for a folder of records runs, and feeds their steps") {
      JobFolder.use { out =>
        val in = Files.createDirectory(out.path.resolve("in"))
        Seq("a.tfrecord", "b.tfrecord.gz").foreach { name =>
          Files.copy(folder.resolve("rows").resolve(name), in.resolve(name))
        }
        val file = out.path.resolve("first.conf")
        val written =
          Command.run("init", s"$folder/$keras", in.toString, "--output", file.toString)
        assert(written.code === 0, written.log)
        val extracted = out.extractFile(file)
        assert(extracted.code === 0, extracted.log)
        val rows = out.rows.collect().toSeq
        assert(rows.map(_.getAs[Long]("id")).sorted === (0 until 17))
        // The largest of each number over the steps.
        val answer = answers(s"$keras/lstm_max").values.toSeq
        rows.foreach { row =>
          val id = row.getAs[Long]("id").toInt
          assertClose(numbers(row, "embedding"), answer.slice(id * 3, id * 3 + 3), s"row $id")
        }
      }
    }
  }
}
