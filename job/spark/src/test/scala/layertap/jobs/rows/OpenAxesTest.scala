package layertap.jobs.rows

import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.Npz
import layertap.testing.NumpyArray
import layertap.testing.SharedSpark
import layertap.testing.TestData
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.collection.{Seq => AnySeq}

/** Rows of shapes of their own, padded rows, and columns that are joined, against Keras' answers.
  */
class OpenAxesTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private val answers = Npz.read(TestData.model("open_axes.answers.npz"))
  private val tokens: Seq[Seq[Int]] =
    (0 until 8).map(i => answers(s"tokens/$i").values.map(_.toInt).toSeq)

  private def floats(row: Row, column: String): Array[Double] =
    row.getAs[AnySeq[Float]](column).map(_.toDouble).toArray

  /** What stands behind the first column, the key, which no two rows share. */
  private def features(rows: Seq[Row], key: String): Map[Any, Seq[Any]] = {
    val byKey = rows.map(row => row.getAs[Any](key) -> row.toSeq.tail).toMap
    assert(byKey.size === rows.size)
    byKey
  }

  private def assertClose(found: Array[Double], expected: NumpyArray, row: Int = -1): Unit = {
    val size = if (row < 0) expected.values.length else expected.shape.tail.product.toInt
    val values =
      if (row < 0) expected.values else expected.values.slice(row * size, (row + 1) * size)
    assert(found.length === values.length)
    val largest = expected.values.map(math.abs).max
    found.zip(values).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-5 * largest) }
  }

  private def job(folder: JobFolder, model: String, feed: String, features: String): String =
    s"""model.path = test-data/models/$model
       |input { format = parquet, path = "${folder.path}/in", keep = id }
       |feeds = [{ $feed }]
       |features = [$features]
       |output.mode = overwrite
       |""".stripMargin

  private def sequences(folder: JobFolder, settings: String, features: String): String =
    job(
      folder,
      "tokens_keras3",
      s"input = tokens, column = tokens, sequence { $settings }",
      features
    )

  private def writeTokens(folder: JobFolder, partitions: Int = 1): Unit =
    tokens.zipWithIndex
      .toDF("tokens", "id")
      .repartition(partitions)
      .write
      .parquet(folder.path.resolve("in").toString)

  test("pad = none: every row runs its own length, in whatever batch and partition") {
    Seq(1, 3).foreach { partitions =>
      JobFolder.use { folder =>
        writeTokens(folder, partitions)
        val configuration =
          sequences(folder, "pad = none", "lstm, { layer = lstm, pool = last, column = last }")
        val runs = Seq(1, 2, 8).map { batch =>
          val rows = folder.extracted(configuration, "--set", s"run.batch-size=$batch")
          rows.orderBy("id").collect().toSeq
        }
        runs.head.zipWithIndex.foreach { case (row, i) =>
          val states = floats(row, "lstm")
          assertClose(states, answers(s"lstm/$i"))
          assert(floats(row, "last") === states.takeRight(5))
        }
        runs.tail.foreach(run => assertSame(features(run, "id"), features(runs.head, "id")))
      }
    }
  }

  test("pad = none with max-length: longer rows are cut") {
    JobFolder.use { folder =>
      writeTokens(folder)
      val configuration =
        sequences(folder, "pad = none, max-length = 3, truncate = pre", "embedding")
      val rows = folder.extracted(configuration).orderBy("id").collect()
      assert(
        rows.map(row => floats(row, "embedding").length / 6) === tokens.map(_.size.min(3)).toArray
      )
    }
  }

  Seq("pre", "post").foreach { side =>
    test(s"pad = $side: pool counts the true steps only, as Keras does under a mask") {
      JobFolder.use { folder =>
        writeTokens(folder)
        val pools = Seq("avg", "max", "first", "last")
        val features = pools.map(pool => s"{ layer = lstm, pool = $pool, column = $pool }")
        val settings = s"max-length = 8, pad = $side"
        val rows = folder.extracted(sequences(folder, settings, features.mkString(", ")))
        rows.orderBy("id").collect().zipWithIndex.foreach { case (row, i) =>
          pools.foreach(pool => assertClose(floats(row, pool), answers(s"$side/$pool"), i))
        }
      }
    }
  }

  private val gradient = "{ gradient { of = lstm, class = 1, wrt = embedding }, column = gradient }"

  Seq("pre", "post").foreach { side =>
    test(s"pad = $side: a gradient goes through the loop of as many steps as rows are padded to") {
      JobFolder.use { folder =>
        writeTokens(folder, partitions = 2)
        val configuration =
          sequences(
            folder,
            s"max-length = 8, pad = $side",
            s"$gradient, { layer = lstm, pool = avg }"
          )
        Seq(1, 8).foreach { batch =>
          val rows = folder.extracted(configuration, "--set", s"run.batch-size=$batch")
          rows.orderBy("id").collect().zipWithIndex.foreach { case (row, i) =>
            assertClose(floats(row, "gradient"), answers(s"$side/gradient"), i)
            assertClose(floats(row, "lstm"), answers(s"$side/avg"), i)
          }
        }
      }
    }
  }

  test("rows of their own lengths give a loop no number of steps, and no gradient") {
    JobFolder.use { folder =>
      writeTokens(folder)
      val refused = folder.extract(sequences(folder, "pad = none", gradient))
      assert(refused.code === 2)
      assert(refused.message.contains("the number of its steps is not known before a row is read"))
      assert(
        refused.message.contains("feed that with max-length, and pad other than none"),
        refused.message
      )
    }
  }

  test("a row without steps: zeros when padded, invalid when not") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      Seq((0, Seq.empty[Int]), (1, Seq(3, 4))).toDF("id", "tokens").write.parquet(in)
      val pools = Seq("avg", "max", "first", "last")
      val features =
        pools.map(pool => s"{ layer = lstm, pool = $pool, column = $pool }").mkString(", ")
      val padded = folder.extracted(sequences(folder, "max-length = 4", features)).orderBy("id")
      pools.foreach { pool =>
        assert(floats(padded.collect()(0), pool) === Array.fill(5)(0.0))
        assert(floats(padded.collect()(1), pool).exists(_ != 0))
      }
      val own = folder.extract(sequences(folder, "pad = none", "lstm"))
      assert(own.code === 2)
      assert(own.message.startsWith("cannot extract the row id=0: tokens: the sequence is empty; "))
    }
  }

  test("an id outside of the vocabulary makes its row invalid, and no other") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val rows =
        Seq((0, Seq(1, 2)), (1, Seq(1, 20)), (2, Seq(3, 4)), (3, Seq(21, 0)), (4, Seq(19, 0)))
      rows.toDF("id", "tokens").repartition(1).write.parquet(in)
      val keep = "--set" +: Seq("rows.on-invalid=keep")
      val found = folder
        .extracted(sequences(folder, "pad = none", "embedding"), keep: _*)
        .orderBy("id")
        .collect()
      assert(found.map(_.isNullAt(1)) === Array(false, true, false, true, false))
      assert(found(1).getString(2).contains("= 20 is not in [0, 20)"), found(1).getString(2))
      assert(found(3).getString(2).contains("= 21 is not in [0, 20)"), found(3).getString(2))
    }
  }

  test("lengths that the model or the configuration does not tell are refused") {
    JobFolder.use { folder =>
      writeTokens(folder)
      val none = folder.extract(sequences(folder, "", "lstm"))
      assert(
        none.message === "cannot feed sequences to input = tokens: the model takes sequences of any" +
          " length; set sequence { max-length = … }, or pad = none for each row's own length"
      )
    }
    JobFolder.use { folder =>
      val feed = "input = events, column = events, sequence { pad = none }"
      val fixed = folder.extract(job(folder, "lstm_keras3", feed, "\"lstm:0\""))
      assert(
        fixed.message === "cannot feed sequences of any length to input = events: the model takes" +
          " 10 steps; set sequence { pad = pre } or post"
      )
    }
  }

  test("tensors of open shapes: maps of any size, with a column for their shapes") {
    JobFolder.use { folder =>
      val images = (0 until 4).map { i =>
        val image = answers(s"image/$i")
        val (width, values) = (image.shape(1).toInt, image.values.toSeq.map(_.toFloat))
        (i, values.grouped(3).toSeq.grouped(width).toSeq)
      }
      images.toDF("id", "image").repartition(2).write.parquet(folder.path.resolve("in").toString)
      val feed = "input = image, column = image, tensor {}"
      val rows = folder.extracted(job(folder, "any_size_keras3", feed, "conv, mean"))
      assert(rows.columns === Array("id", "conv", "conv_shape", "mean"))
      rows.orderBy("id").collect().zipWithIndex.foreach { case (row, i) =>
        assertClose(floats(row, "conv"), answers(s"conv/$i"))
        assert(row.getAs[AnySeq[Int]]("conv_shape") === answers(s"conv/$i").shape)
        assertClose(floats(row, "mean"), answers(s"mean/$i"))
      }
    }
  }

  test("images of their own sizes") {
    JobFolder.use { folder =>
      val configuration =
        """model.path = test-data/models/any_size_keras3
          |input { path = test-data/images/china, keep = path }
          |feeds = [{ input = image, column = content, image { fit = none } }]
          |features = [conv, mean]
          |output.mode = overwrite""".stripMargin
      val runs = Seq(1, 4).map { batch =>
        folder.extracted(configuration, "--set", s"run.batch-size=$batch").orderBy("path").collect()
      }
      assertSame(features(runs(0).toSeq, "path"), features(runs(1).toSeq, "path"))
      assert(runs(0).map(_.getAs[AnySeq[Int]]("conv_shape").toSeq).distinct.length > 4)
    }
  }

  test("columns: steps of several columns, a vector of several numbers and arrays") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val rows = Seq(
        (0, Seq(Seq(1.0), Seq(2.0)), Seq(3.0, 4.0)),
        (1, Seq(Seq(1.0)), Seq(3.0, 4.0)),
        (2, null, Seq(3.0))
      )
      rows.toDF("id", "a", "b").write.parquet(in)
      def extracted(feed: String): Array[Row] = {
        val configuration =
          job(folder, "lstm_keras3", feed, "{ layer = lstm, at = input, column = fed }")
        folder.extracted(configuration, "--set", "rows.on-invalid=keep").orderBy("id").collect()
      }
      val steps = extracted("input = events, columns = [a, b], sequence {}")
      assert(steps(0).getString(2) === "a, b: step 0 has 2 values, not 100")
      assert(steps(1).getString(2) === "a, b: b has 2 steps, a has 1")
      assert(steps(2).getString(2) === "a, b: a is null")
    }
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val halves = (
        Seq.tabulate(10, 50)((i, j) => i + j / 100.0),
        Seq.tabulate(10, 49)((i, j) => -i - j / 100.0)
      )
      Seq((0, halves._1, halves._2, Seq.tabulate(10)(_ * 7.0)))
        .toDF("id", "a", "b", "c")
        .write
        .parquet(in)
      val feed = "input = events, columns = [a, c, b], sequence {}"
      val fed = "{ layer = lstm, at = input, column = fed }"
      val row = folder.extracted(job(folder, "lstm_keras3", feed, fed)).collect()(0)
      val expected = (0 until 10).flatMap(i => (halves._1(i) :+ i * 7.0) ++ halves._2(i))
      assert(floats(row, "fed") === expected.map(_.toFloat.toDouble).toArray)
    }
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val rows = Seq((0, Seq.tabulate(62)(_ / 62.0), 5.0, 6.0))
      rows.toDF("id", "a", "b", "c").write.parquet(in)
      val feed = "input = pixels, columns = [b, a, c], tensor { shape = [8, 8, 1] }"
      val fed = "{ layer = conv1, at = input, column = fed }"
      val row = folder.extracted(job(folder, "digits_keras3", feed, fed)).collect()(0)
      val expected = 5.0 +: Seq.tabulate(62)(_ / 62.0) :+ 6.0
      assert(floats(row, "fed") === expected.map(_.toFloat.toDouble).toArray)
    }
  }
}
