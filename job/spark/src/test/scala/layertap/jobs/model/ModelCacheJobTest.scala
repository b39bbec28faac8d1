package layertap.jobs.model

import java.nio.file.Files
import layertap.extract.SessionPool
import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.spark.LayerFeaturizer
import layertap.testing.SameValues.assertSame
import layertap.testing.{Command, JobFolder, SharedSpark, TempFolder, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Jobs whose model is on remote storage: its values are read once per machine. */
class ModelCacheJobTest extends AnyFunSuite {
  private val shard = "variables.data-00000-of-00001"

  /** Runs with a cache of its own: how often values were asked for since, how many pieces are kept.
    */
  private def use(body: (JobFolder, () => Int, () => Int) => Unit): Unit =
    JobFolder.use { folder =>
      TempFolder.use { caches =>
        val log = folder.path.resolve("opened.log")
        val settings = Map(
          "spark.hadoop.fs.counted.impl" -> classOf[CountedFileSystem].getName,
          "spark.hadoop.fs.counted.impl.disable.cache" -> "true",
          s"spark.hadoop.${CountedFileSystem.log}" -> log.toString,
          "layertap.cache" -> caches.toString
        )
        val before = settings.keys.map(key => key -> sys.props.get(key)).toMap
        val hadoop = SharedSpark.session.sparkContext.hadoopConfiguration
        settings.foreach { case (key, value) =>
          sys.props(key) = value
          if (key.startsWith("spark.hadoop.")) hadoop.set(key.stripPrefix("spark.hadoop."), value)
        }
        try
          body(
            folder,
            { () =>
              SessionPool.ofThisJvm.closeIdle()
              val opened =
                if (Files.exists(log)) Files.readAllLines(log).asScala.count(_ == shard) else 0
              Files.deleteIfExists(log)
              opened
            },
            { () =>
              val files = Files.walk(caches)
              try files.iterator.asScala.count(_.getFileName.toString.startsWith("data-"))
              finally files.close()
            }
          )
        finally
          before.foreach { case (key, value) =>
            value.fold(sys.props.remove(key))(sys.props.put(key, _))
          }
      }
    }

  private val model = s"counted://${TestData.model("digits_keras3").toAbsolutePath}"

  private val job = Digits.job().replace("test-data/models/digits_keras3", s"\"$model\"")

  private val fewRows = set("input.where=id < 20", "run.first-rows=0")

  test("the trial in this process, the executor and the next job: one request for all") {
    use { (folder, opened, kept) =>
      val first = folder.extracted(job, fewRows: _*)
      assertSame(features(first.collect().toSeq), expected(20))
      assert(opened() === kept())
      assert(kept() > 0)
      val next = set("output.mode=overwrite", "run.self-check=false")
      assertSame(
        features(folder.extracted(job, fewRows ++ next: _*).collect().toSeq),
        expected(20)
      )
      assert(opened() === 0)
    }
  }

  test("model-cache-megabytes = 0: each asks for itself, and nothing is kept") {
    use { (folder, opened, kept) =>
      val without = fewRows ++ set("run.model-cache-megabytes=0")
      folder.extracted(job, without: _*)
      assert(opened() > 1)
      assert(kept() === 0)
      folder.extracted(job, without ++ set("output.mode=overwrite"): _*)
      assert(opened() > 1)
    }
  }

  test("the trial in a JVM of its own shares with the executor; the output holds no piece") {
    use { (folder, opened, kept) =>
      val configuration = folder.write(job).toString
      val trial = set(
        s"output.path=${folder.output}",
        "run.trial-seconds=120",
        "run.remember-trial=false"
      )
      val command = Command.run(Seq("extract", configuration) ++ fewRows ++ trial: _*)
      assert(command.code === 0, command.log)
      assertSame(features(folder.rows.collect().toSeq), expected(20))
      assert(kept() > 0 && opened() === kept())
      val files = Files.walk(folder.output)
      try assert(files.iterator.asScala.forall(!_.toString.contains("data-00000-of-00001")))
      finally files.close()
    }
  }

  test("a DataFrame's features find what a job has read") {
    use { (folder, opened, kept) =>
      folder.extracted(job, fewRows: _*)
      assert(kept() > 0 && opened() === kept())
      val rows = SharedSpark.session.read.parquet("test-data/digits").where("id < 20")
      val featurizer = new LayerFeaturizer()
        .setModel(model)
        .setFeeds("[{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]")
        .setFeatures("[softmax]")
      assertSame(features(featurizer.transform(rows).collect().toSeq), expected(20))
      assert(opened() === 0)
    }
  }
}
