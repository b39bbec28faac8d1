package layertap.cluster

import java.nio.file.{Files, Path}
import layertap.testing.{Setting, StoredAnswers, TempFolder, TestData}
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

  override protected def afterAll(): Unit = SparkSession.getDefaultSession.foreach(_.stop())

  Setting.of("cluster.spark").foreach { home =>
    val submit = new SparkSubmit(Path.of(home))

    test("the features that a submitted job writes are Keras' values") {
      TempFolder.use { folder =>
        writeInputs(folder.resolve("rows"))
        val configuration = Files.writeString(folder.resolve("job.conf"), job(folder))
        val finished = submit.run(local, "extract", configuration.toString)
        assert(finished.code == 0, finished.stderr)
        assert(finished.lastLine == "layertap: exit 0: done")
        assert(finished.stdout.contains(": 2 rows read, 2 written, 0 skipped, 0 invalid; "))
        compare(folder.resolve("features"))
      }
    }

    test("a layer that is not there is the user's error, also for the shell") {
      TempFolder.use { folder =>
        writeInputs(folder.resolve("rows"))
        val configuration = Files.writeString(folder.resolve("job.conf"), job(folder))
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

    test("inspect prints the layers on stdout alone") {
      val finished = submit.run(local, "inspect", TestData.model(model).toString)
      assert(finished.code == 0, finished.stderr)
      val layers = finished.stdout.linesIterator.dropWhile(!_.startsWith("index")).drop(1)
      val selectors = layers.map(_.split("\\s+")(1)).toSeq
      assert(selectors == answers.map(_.name))
    }
  }

  private def answers = StoredAnswers.of(TestData.model(model)).answers

  private def job(folder: Path): String =
    s"""layertap {
       |  model { path = "${TestData.model(model).toAbsolutePath}" }
       |  input { format = parquet, path = "${folder.resolve("rows")}", keep = [id] }
       |  feeds = [ { input = "${inputs._1}", column = pixels, tensor { shape = [28, 28, 1] } } ]
       |  features = [ "*" ]
       |  output { path = "${folder.resolve("features")}" }
       |}
       |""".stripMargin

  private def inputs = StoredAnswers.of(TestData.model(model)).inputs.head

  private def writeInputs(folder: Path): Unit = {
    val session = spark
    import session.implicits._
    val array = inputs._2
    val rows = array.floats.grouped((array.shape.product / array.shape.head).toInt).zipWithIndex
    rows
      .map { case (pixels, id) => (id, pixels) }
      .toSeq
      .toDF("id", "pixels")
      .write
      .parquet(folder.toString)
  }

  private def compare(features: Path): Unit = {
    val table = spark.read.parquet(features.toString).orderBy("id")
    assert(table.columns.toSeq == "id" +: answers.map(_.name))
    answers.foreach { answer =>
      val values =
        table.select(answer.name).collect().flatMap(_.getSeq[Float](0)).map(_.toDouble)
      val difference = answer.difference(values)
      assert(difference <= answer.bound, answer.name)
    }
  }
}
