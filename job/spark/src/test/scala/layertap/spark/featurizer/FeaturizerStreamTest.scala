package layertap.spark.featurizer

import java.nio.file.{Files, Path}
import layertap.spark.featurizer.Featurizers.{digits, numbers}
import layertap.testing.{JavaProcess, SharedSpark, StoredAnswers, TapeAnswers, TempFolder}
import layertap.testing.SameValues.assertSame
import org.apache.spark.sql.DataFrame
import org.apache.spark.sql.functions.{lit, window}
import org.apache.spark.sql.streaming.Trigger
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.StreamConverters._
import scala.util.Random

/** Streams through a transformer. */
class FeaturizerStreamTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val files = 24
  private val rowsOfFile = 5

  private def start(folder: Path, isEndless: Boolean): JavaProcess = {
    val settings = Seq(
      "master=local[2]",
      "ui.enabled=false",
      "driver.bindAddress=127.0.0.1",
      "driver.host=127.0.0.1"
    ).map("-Dspark." + _) :+ s"-Dlog4j2.configurationFile=${JavaProcess.quietLog}"
    JavaProcess.start(
      "layertap.spark.featurizer.FeaturizedStream",
      JavaProcess.sparkOptions ++ settings,
      Seq("in", "out", "checkpoint").map(folder.resolve(_).toString) :+ isEndless.toString: _*
    )
  }

  /** All that a stream has by now, as it reads from the files that it wrote. */
  private def written(stream: DataFrame, folder: Path): DataFrame = {
    val out = folder.resolve("out").toString
    val query = stream.writeStream
      .format("parquet")
      .option("checkpointLocation", folder.resolve("checkpoint").toString)
      .trigger(Trigger.AvailableNow())
      .start(out)
    assert(query.awaitTermination(120_000))
    spark.read.parquet(out)
  }

  private def committed(folder: Path): Int = {
    val commits = folder.resolve("checkpoint").resolve("commits")
    if (!Files.isDirectory(commits)) 0
    else {
      val names = Files.list(commits)
      try names.toScala(Seq).count(_.getFileName.toString.matches("\\d+"))
      finally names.close()
    }
  }

  test("killed by SIGKILL again and again: nothing is lost, nothing is there twice") {
    TempFolder.use { folder =>
      val rows = files * rowsOfFile
      val in = spark.read
        .parquet("test-data/digits")
        .where(s"id < $rows")
        .selectExpr("id", "cast(pixels AS array<float>) AS pixels", "cast(label AS int) AS label")
      (0 until files).foreach { file =>
        in.where(s"id div $rowsOfFile = $file")
          .coalesce(1)
          .write
          .mode("append")
          .parquet(folder.resolve("in").toString)
      }
      val random = new Random(19)
      (1 to 3).foreach { kill =>
        val before = committed(folder)
        val stream = start(folder, isEndless = true)
        val end = System.nanoTime + 120_000_000_000L
        // Once some batches went through, in the middle of another.
        while (stream.isAlive && committed(folder) < before + 3 && System.nanoTime < end)
          Thread.sleep(5)
        Thread.sleep(random.nextInt(60).toLong)
        if (!stream.isAlive) fail(s"$kill: ${stream.finish()._2}")
        stream.kill(isTold = false)
        assert(stream.finish()._1 === 137)
      }
      assert(committed(folder) >= 9 && committed(folder) < files)
      val (code, log) = start(folder, isEndless = false).finish()
      assert(code === 0, log)
      val out = spark.read.parquet(folder.resolve("out").toString).collect().toSeq
      assert(out.map(_.getAs[Int]("id")).sorted === (0 until rows))
      def features(of: Seq[org.apache.spark.sql.Row]) = of
        .map(row =>
          row.getAs[Int]("id") ->
            Seq("softmax", "embedding").map(name => numbers(row.getAs[Any](name)).toSeq)
        )
        .toMap
      val batch = digits("[softmax, { layer = pool, as = vector, column = embedding }]")
        .transform(in)
        .collect()
        .toSeq
      assertSame(features(out), features(batch))
    }
  }

  for (onInvalid <- Seq("keep", "skip"))
    test(s"$onInvalid: derivatives in a stream are those of a tape, whatever rows are invalid") {
      TempFolder.use { folder =>
        val model = "cnn_functional_keras3"
        val answers = TapeAnswers
          .of(model)
          .filter(_.setting.matches(".*(column = label|integrated|grad-cam|times-input).*"))
        assert(answers.exists(_.setting.contains("column = label")) && answers.size > 8)
        val images = Featurizers.answered(StoredAnswers.of(Path.of(s"test-data/models/$model")))
        val in = folder.resolve("in").toString
        // The label of the third is none, the fourth has no image; a file each.
        Seq(
          "id = 0" -> "0 AS id, image, 3 AS label",
          "id = 0" -> "2 AS id, image, 10 AS label",
          "id = 1" -> "3 AS id, cast(null AS array<float>) AS image, 3 AS label",
          "id = 1" -> "1 AS id, image, 7 AS label"
        ).foreach { case (row, columns) =>
          images
            .where(row)
            .selectExpr(columns.split(", ").toSeq: _*)
            .coalesce(1)
            .write
            .mode("append")
            .parquet(in)
        }
        val features = answers.zipWithIndex.map { case (answer, i) =>
          s"{ ${answer.setting}, column = g$i }"
        }
        val added = Featurizers
          .of(
            s"test-data/models/$model",
            "{ input = image, column = image, tensor { shape = [28, 28, 1] } }",
            features.mkString("[predictions, ", ", ", "]")
          )
          .setOnInvalid(onInvalid)
          .transform(
            spark.readStream
              .schema("id int, image array<float>, label int")
              .option("maxFilesPerTrigger", 2)
              .parquet(in)
          )
        val out = written(added, folder).orderBy("id").collect().toSeq
        val valid = out.filter(_.getAs[Int]("id") < 2)
        assert(valid.map(_.getAs[Int]("id")) === Seq(0, 1))
        answers.zipWithIndex.foreach { case (answer, i) =>
          assert(answer.difference(numbers(valid, s"g$i").toSeq) <= 1e-5, answer.setting)
        }
        if (onInvalid == "skip") assert(out.size === 2)
        else {
          assert(
            out.map(row => Option(row.getAs[String]("_error"))) === Seq(
              None,
              None,
              Some("label: the class is 10, and there are 10, counted from 0"),
              Some("image: the value is null")
            )
          )
          out
            .drop(2)
            .foreach(row =>
              assert(row.getAs[Any]("g0") == null && row.getAs[Any]("predictions") == null)
            )
        }
      }
    }

  test("a watermark goes through: windows over features are closed and written") {
    TempFolder.use { folder =>
      val in = folder.resolve("in").toString
      val timed = spark.read
        .parquet("test-data/digits")
        .where("id < 30")
        .selectExpr(
          "id",
          "pixels",
          "if(id = 8, null, pixels) AS _",
          "timestamp_seconds(id * 60) AS at"
        )
        .drop("_")
      timed.coalesce(1).write.parquet(in)
      val added = digits()
        .setOnInvalid("skip")
        .transform(
          spark.readStream.schema(timed.schema).parquet(in).withWatermark("at", "1 minute")
        )
      assert(added.isStreaming)
      val counted = added
        .withColumn("largest", lit(1))
        .groupBy(window(added("at"), "10 minutes"))
        .count()
      val counts = written(counted, folder).select("count").collect()
      assert(counts.map(_.getLong(0)).toSeq === Seq(10L, 10L))
    }
  }
}
