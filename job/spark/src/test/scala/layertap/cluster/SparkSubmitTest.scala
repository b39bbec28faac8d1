package layertap.cluster

import java.nio.file.{Files, Path}
import layertap.testing.Setting
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.apache.spark.sql.SparkSession
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar under the spark-submit of a real distribution, which the system property
  * `cluster.spark` names: its class path is Spark's, not Maven's.
  */
class SparkSubmitTest extends AnyFunSuite with BeforeAndAfterAll {
  private val model = "cnn_functional_keras2"
  private val local = Seq("--master", "local[2]", "--conf", "spark.ui.enabled=false")

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
  private val rows = new AnsweredRows(spark)

  override protected def afterAll(): Unit = SparkSession.getDefaultSession.foreach(_.stop())

  Setting.of("cluster.spark").foreach { home =>
    val submit = new SparkSubmit(Path.of(home))

    test("the features that a submitted job writes are Keras' values") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val finished = submit.run(local, "extract", configuration.toString)
        assert(finished.code == 0, finished.stderr)
        assert(finished.lastLine == "layertap: exit 0: done")
        assert(finished.stdout.contains(": 2 rows read, 2 written, 0 skipped, 0 invalid; "))
        rows.compare(folder.resolve("features"), copies = 1)
      }
    }

    test("a layer that is not there is the user's error, also for the shell") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val wrong = Seq("extract", configuration.toString, "--set", "features=[\"conv3\"]")
        val finished = submit.run(local, wrong: _*)
        assert(finished.code == 2)
        assert(
          finished.lastLine.startsWith("layertap: exit 2: cannot find the layer 'conv3'"),
          finished.stderr
        )
        assert(!Files.exists(folder.resolve("features")))
      }
    }

    test("storage that does not answer is the surroundings' error") {
      val unreachable = "hdfs://127.0.0.1:1/model"
      val finished = submit.run(local, "inspect", unreachable)
      assert(finished.code == 3, finished.stderr)
      assert(finished.lastLine.startsWith("layertap: exit 3: "), finished.stderr)
    }

    test("a store that nothing on the class path reads: the package that does is named") {
      val finished = submit.run(local, "inspect", "s3a://bucket/model")
      assert(finished.code == 2, finished.stderr)
      assert(
        finished.lastLine == "layertap: exit 2: cannot reach s3a://bucket/model: nothing on the" +
          " class path reads s3a://; add --packages org.apache.hadoop:hadoop-aws:3.4.2 to spark-submit"
      )
    }

    test("inspect prints the layers on stdout alone") {
      val finished = submit.run(local, "inspect", TestData.model(model).toString)
      assert(finished.code == 0, finished.stderr)
      val layers = finished.stdout.linesIterator.dropWhile(!_.startsWith("index")).drop(1)
      val selectors = layers.map(_.split("\\s+")(1)).toSeq
      assert(selectors == rows.answers.map(_.name))
    }
  }
}
