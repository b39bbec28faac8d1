package layertap.jobs

import java.nio.file.{Files, Path}
import layertap.extract.SessionPool
import layertap.testing.Command
import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.Row
import org.apache.spark.sql.functions.col
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** Jobs from configuration to Parquet: rows, columns, manifest, modes. */
class ExtractJobTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def digits(path: String = "test-data/digits"): String =
    s"""model { path = test-data/models/digits_keras3 }
       |input { format = parquet, path = "$path", keep = [id] }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [softmax]""".stripMargin

  private val few = Seq("--set", "input.where=id < 20")

  private def softmax(rows: Array[Row]): Map[Int, Seq[Any]] =
    rows.map(row => row.getAs[Int]("id") -> Seq(row.getAs[Any]("softmax"))).toMap

  private lazy val expected: Map[Int, Seq[Any]] =
    JobFolder.use(folder => softmax(folder.extracted(digits(), few: _*).collect()))

  test("the manifest lists files, counts, fingerprints, versions; a row is read and written once") {
    JobFolder.use { folder =>
      folder.extracted(digits(), few: _*)
      val manifest = folder.manifest
      assert(manifest.get("format").asInt === 1)
      assert(manifest.get("complete").asBoolean)
      assert(
        manifest.get("rows").toString === """{"read":20,"written":20,"skipped":0,"invalid":0}"""
      )
      val model = manifest.get("model")
      assert(model.get("path").asText === "test-data/models/digits_keras3")
      assert(model.get("fingerprint").asText.matches("[0-9a-f]{64}"))
      assert(model.get("signature").asText === "serving_default")
      assert(manifest.get("plan").asText.matches("[0-9a-f]{64}"))
      assert(manifest.get("feeds").get(0).get("columns").get(0).asText === "pixels")
      assert(manifest.get("features").get(0).get("layer").asText === "softmax")
      assert(manifest.get("versions").get("spark").asText === spark.version)
      assert(manifest.get("seconds").asDouble > 0)
      val listed = manifest.get("files").asScala.map(_.get("path").asText).toSet
      assert(listed === dataFiles(folder.output))
      manifest.get("files").asScala.foreach { file =>
        val size = Files.size(folder.output.resolve(file.get("path").asText))
        assert(file.get("bytes").asLong === size)
      }
    }
  }

  private def dataFiles(output: Path): Set[String] = {
    val paths = Files.walk(output)
    try
      paths
        .toScala(Seq)
        .filter(Files.isRegularFile(_))
        .map(output.relativize(_).toString)
        .filterNot(_ == "_layertap.json")
        .toSet
    finally paths.close()
  }

  test("the model is opened once for all tasks of a JVM") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      spark.read.parquet("test-data/digits").where("id < 60").repartition(6).write.parquet(in)
      SessionPool.ofThisJvm.closeIdle()
      val tasks = SharedSpark.countTasks(SharedSpark.withTaskPerFile(folder.extracted(digits(in))))
      assert(tasks >= 6)
      assert(folder.manifest.get("session-opens").asInt === 1)
    }
  }

  test("a column's metadata says what it is, and survives Parquet") {
    JobFolder.use { folder =>
      val form = "features=[{ layer = conv2, pool = avg, normalize = l2, column = embedding }]"
      val field = folder.extracted(digits(), few ++ Seq("--set", form): _*).schema("embedding")
      val metadata = field.metadata.getMetadata("layertap")
      assert(metadata.getString("layer") === "conv2")
      assert(metadata.getString("tensor").endsWith(":0"))
      assert(metadata.getLongArray("shape") === Array(48L))
      assert(metadata.getString("dtype") === "float32")
      assert(metadata.getString("pool") === "avg")
      assert(metadata.getString("normalize") === "l2")
      assert(metadata.getString("store") === "native")
      assert(
        metadata.getString("fingerprint") === folder.manifest.get("model").get("fingerprint").asText
      )
    }
  }

  test("mode error: a second run is refused, and the first one's output stays") {
    JobFolder.use { folder =>
      folder.extracted(digits(), few: _*)
      val run = folder.manifest.get("run").asText
      val second = folder.extract(digits(), few: _*)
      assert(second.code === 2)
      assert(
        second.message === s"cannot write to ${folder.output}: it is there already; set output.mode" +
          " to overwrite, or another output.path"
      )
      assert(folder.manifest.get("run").asText === run)
      assert(folder.names === Seq("job.conf", "out"))
    }
  }

  test("mode overwrite: the new output replaces the old; a run that fails leaves the old") {
    JobFolder.use { folder =>
      val overwrite = Seq("--set", "output.mode=overwrite")
      folder.extracted(digits(), few ++ overwrite: _*)
      val fewer = folder.extracted(digits(), Seq("--set", "input.where=id < 3") ++ overwrite: _*)
      assert(fewer.count() === 3)
      val bad = Seq("--set", "input.select.pixels=array(1.0D)")
      val failed = folder.extract(digits(), few ++ overwrite ++ bad: _*)
      assert(failed.code === 2, failed.log)
      assert(failed.message.startsWith("cannot extract the row id="), failed.log)
      assertSame(softmax(folder.rows.collect()), expected.filter(_._1 < 3))
      assert(folder.names === Seq("job.conf", "out"))
    }
  }

  test("a row has the same features in any batch, partitioning and order") {
    JobFolder.use { folder =>
      val source = spark.read.parquet("test-data/digits").where("id < 20")
      Seq(1 -> 1, 3 -> 4, 7 -> 2, 20 -> 3, 64 -> 1).foreach { case (batch, partitions) =>
        val in = folder.path.resolve(s"in$batch").toString
        source.repartition(partitions, col("id") * 7 % 5).write.parquet(in)
        val settings = Seq("--set", s"run.batch-size=$batch", "--set", "output.mode=overwrite")
        val rows = folder.extracted(digits(in), settings: _*).collect()
        assertSame(softmax(rows), expected, s"batches of $batch in $partitions partitions")
      }
    }
  }

  test("no rows: columns and manifest are there all the same") {
    JobFolder.use { folder =>
      val rows = folder.extracted(digits(), "--set", "input.where=id < 0")
      assert(
        rows.schema.map(field => field.name -> field.dataType.simpleString) ===
          Seq("id" -> "int", "softmax" -> "array<float>")
      )
      assert(rows.count() === 0)
      assert(folder.manifest.get("rows").get("read").asInt === 0)
      assert(folder.manifest.get("session-opens").asInt === 0)
    }
  }

  test("--limit reads that many rows, 0 too, and more than there are") {
    JobFolder.use { folder =>
      Seq(0 -> 0, 1 -> 1, 17 -> 17, 50 -> 20).foreach { case (limit, read) =>
        val overwrite = Seq("--limit", s"$limit", "--set", "output.mode=overwrite")
        val rows = folder.extracted(digits(), few ++ overwrite: _*)
        assert(rows.count() === read)
        assert(folder.manifest.get("rows").get("read").asInt === read)
      }
    }
  }

  test("numbers of rows around a multiple of the batch") {
    JobFolder.use { folder =>
      Seq(1, 7, 8, 9, 16, 17).foreach { count =>
        val settings = Seq("--set", s"input.where=id < $count", "--set", "output.mode=overwrite")
        val rows = folder.extracted(digits(), settings: _*).collect()
        assertSame(softmax(rows), expected.filter(_._1 < count))
      }
    }
  }

  test("empty partitions are written as none") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val one = spark.read.parquet("test-data/digits").where("id = 3").repartition(4)
      one.write.parquet(in)
      spark.range(0).selectExpr("id", "array(1f) AS pixels").write.mode("append").parquet(in)
      assertSame(softmax(folder.extracted(digits(in)).collect()), expected.filter(_._1 == 3))
    }
  }

  test("select makes columns, where filters on them, keep = * carries all that no feed takes") {
    JobFolder.use { folder =>
      val rows = folder.extracted(
        digits(),
        "--set",
        "input.select.parity=id % 2",
        "--set",
        "input.where=parity = 1 and id < 6",
        "--set",
        """input.keep="*""""
      )
      assert(rows.columns === Array("id", "label", "split", "parity", "softmax"))
      assert(rows.orderBy("id").collect().map(_.getInt(0)) === Array(1, 3, 5))
    }
  }

  test("partition-by splits the output into folders by kept columns") {
    JobFolder.use { folder =>
      val settings = Seq("--set", "input.keep=[id,split]", "--set", "output.partition-by=[split]")
      val rows =
        folder.extracted(digits(), Seq("--set", "input.where=id % 100 = 0") ++ settings: _*)
      assert(Files.isDirectory(folder.output.resolve("split=train")))
      assert(rows.columns === Array("id", "softmax", "split"))
      assert(rows.count() === 18)
      assert(
        folder.manifest.get("files").asScala.map(_.get("path").asText).toSet === dataFiles(
          folder.output
        )
      )
    }
    JobFolder.use { folder =>
      val command = folder.extract(digits(), "--set", "output.partition-by=[split]")
      assert(
        command.message === "cannot split the output by split: output.partition-by names kept" +
          " columns, and these are id; add the column to input.keep"
      )
    }
  }

  test("compression is that of the files") {
    JobFolder.use { folder =>
      folder.extracted(digits(), few ++ Seq("--set", "output.compression=gzip"): _*)
      assert(dataFiles(folder.output).forall(_.endsWith(".gz.parquet")))
    }
  }

  test("a model that is replaced while the job runs: exit 3, for a scheduler to try again") {
    JobFolder.use { folder =>
      // One that is open already runs the model that was planned.
      SessionPool.ofThisJvm.closeIdle()
      val model = folder.path.resolve("model")
      copy(Path.of("test-data/models/digits_keras3"), model)
      val graph = model.resolve("saved_model.pb")
      val command = Command.run(
        // The model is planned, and not open yet.
        "layertap: writes ",
        () => Files.write(graph, Array[Byte](1)),
        Seq(
          "extract",
          folder.write(digits()).toString,
          "--set",
          s"model.path=$model",
          "--set",
          s"output.path=${folder.output}",
          "--set",
          "run.trial-seconds=0"
        )
      )
      assert(command.code === 3, command.log)
      assert(
        command.message === s"cannot go on: the model $model was replaced while the job ran;" +
          " start the job again"
      )
      assert(!Files.exists(folder.output))
    }
  }

  private def copy(from: Path, to: Path): Unit = {
    val paths = Files.walk(from)
    try
      paths.toScala(Seq).foreach { path =>
        Files.copy(path, to.resolve(from.relativize(path).toString))
      }
    finally paths.close()
  }
}
