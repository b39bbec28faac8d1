package layertap.spark.featurizer

import java.nio.file.Path
import layertap.spark.LayerFeaturizer
import layertap.spark.featurizer.Featurizers.{answered, digitsFeed, numbers, rows}
import layertap.testing.{SharedSpark, StoredAnswers}
import org.scalatest.funsuite.AnyFunSuite

/** What the settings of a DataFrame's own session change. */
class FeaturizerSessionTest extends AnyFunSuite {
  private val model = s"own://${Path.of("test-data/models/digits_keras3").toAbsolutePath}"

  private def assertAnswers(featurizer: LayerFeaturizer, key: String): Unit = {
    val stored = StoredAnswers.of(Path.of("test-data/models/digits_keras3"))
    val session = SharedSpark.session.newSession()
    session.conf.set(key, classOf[OwnFileSystem].getName)
    // Else Hadoop remembers what it found by another's settings.
    session.conf.set(s"$key.disable.cache", "true")
    val inputs = answered(stored)
    val frame = session.createDataFrame(inputs.collectAsList(), inputs.schema)
    val added = featurizer.transform(frame).orderBy("id").collect().toSeq
    for ((layer, i) <- Seq("pool", "softmax").zipWithIndex) {
      val answer = stored.answers.find(_.name == layer).get
      assert(answer.difference(numbers(added, s"f$i")) <= answer.bound, layer)
    }
  }

  private val features = "[{ layer = pool, column = f0 }, { layer = softmax, column = f1 }]"

  test("a model on a file system that only the session knows is read by driver and executors") {
    val refused = intercept[RuntimeException](
      Featurizers.of(model, digitsFeed, "[softmax]").transform(rows(3))
    )
    assert(
      Iterator
        .iterate[Throwable](refused)(_.getCause)
        .takeWhile(_ != null)
        .exists(_.getMessage.contains("No FileSystem for scheme \"own\""))
    )
    for (key <- Seq("spark.hadoop.fs.own.impl", "fs.own.impl"))
      assertAnswers(Featurizers.of(model, digitsFeed, features), key)
  }

  test("the process that tries the model reads it, too") {
    // Plans are remembered: another batch size is another one.
    for ((key, size) <- Seq("spark.hadoop.fs.own.impl" -> 3, "fs.own.impl" -> 5)) {
      val tried = new LayerFeaturizer().setModel(model).setFeeds(digitsFeed).setFeatures(features)
      assertAnswers(tried.setBatchSize(size), key)
    }
  }
}
