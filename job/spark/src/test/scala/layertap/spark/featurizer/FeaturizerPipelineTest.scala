package layertap.spark.featurizer

import java.io.ByteArrayOutputStream
import layertap.spark.LayerFeaturizer
import layertap.spark.featurizer.Featurizers.{digits, numbers, rows}
import layertap.testing.{SharedSpark, TempFolder}
import org.apache.spark.ml.{Pipeline, PipelineModel}
import org.apache.spark.ml.classification.LogisticRegression
import org.apache.spark.ml.param.ParamMap
import org.scalatest.funsuite.AnyFunSuite

/** A transformer among Spark's own: in pipelines, saved, behind SQL, cached. */
class FeaturizerPipelineTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val embedding = "[{ layer = pool, as = vector, column = embedding }]"

  test("a pipeline trains on the features; the model is saved, loaded, and says the same") {
    TempFolder.use { folder =>
      val classifier =
        new LogisticRegression().setFeaturesCol("embedding").setLabelCol("label").setMaxIter(10)
      val pipeline = new Pipeline().setStages(Array(digits(embedding), classifier))
      val path = folder.resolve("pipeline").toString
      pipeline.save(path)
      val model = Pipeline.load(path).fit(rows(200))
      val predicted = model.transform(rows(200))
      val right = predicted.where("prediction = label").count()
      assert(right >= 180, s"of 200")
      model.save(folder.resolve("model").toString)
      val loaded = PipelineModel.load(folder.resolve("model").toString)
      def answers(of: PipelineModel) =
        of.transform(rows(50)).select("id", "prediction").collect().toSet
      assert(answers(loaded) === answers(model))
    }
  }

  test("saved, loaded and copied it has the same name, settings and features") {
    TempFolder.use { folder =>
      val featurizer = digits(embedding).setOnInvalid("skip").setBatchSize(5).setTags("[serve]")
      val path = folder.resolve("featurizer").toString
      featurizer.save(path)
      val loaded = LayerFeaturizer.load(path)
      assert(loaded.uid === featurizer.uid)
      assert(loaded.extractParamMap().toString === featurizer.extractParamMap().toString)
      def values(of: LayerFeaturizer) = numbers(of.transform(rows(7)).collect().toSeq, "embedding")
      assert(values(loaded) === values(featurizer))
      featurizer.write.overwrite().save(path)
      val copied = featurizer.copy(
        new ParamMap().put(featurizer.features, "[softmax]").put(featurizer.batchSize.w(2))
      )
      assert(copied.uid === featurizer.uid)
      assert(copied.transform(rows(1)).columns.last === "softmax")
      assert(featurizer.transform(rows(1)).columns.last === "embedding")
      assert(
        featurizer
          .transform(rows(1), new ParamMap().put(featurizer.features, "dense"))
          .columns
          .last === "dense"
      )
    }
  }

  test("SQL reads a view of it; what is cached is computed once") {
    val added = digits("[softmax]").transform(rows(12))
    added.createOrReplaceTempView("featurized")
    try {
      val counts = spark.sql(
        "SELECT count(*), sum(size(softmax)), max(id) FROM featurized WHERE label >= 0"
      )
      assert(counts.head().toSeq === Seq(12L, 120L, 11))
      val opened = SharedSpark.countTasks {
        added.cache()
        assert(added.count() === 12)
      }
      assert(opened > 0)
      assert(added.collect().length === 12)
      assert(added.queryExecution.executedPlan.toString.contains("InMemoryTableScan"))
    } finally {
      added.unpersist()
      spark.catalog.dropTempView("featurized")
    }
  }

  test("explain shows model and features") {
    val out = new ByteArrayOutputStream
    Console.withOut(out)(digits("[softmax, bn1]").transform(rows(3)).explain())
    assert(
      out.toString.contains(
        "MapPartitions LayerFeaturizer(test-data/models/digits_keras3: softmax, bn1)"
      ),
      out.toString
    )
  }

  test("two in a row: the second reads the features of the first, from the middle of the model") {
    val first = digits("[pool]")
    val second = Featurizers.of(
      "test-data/models/digits_keras3",
      "{ into = dense, column = pool, tensor {} }",
      "[softmax]"
    )
    val both = new Pipeline().setStages(Array(first, second)).fit(rows(9)).transform(rows(9))
    val at = digits("[softmax]").transform(rows(9))
    val (a, b) = (
      numbers(both.orderBy("id").collect().toSeq, "softmax"),
      numbers(at.orderBy("id").collect().toSeq, "softmax")
    )
    assert(a.zip(b).forall { case (x, y) => math.abs(x - y) <= 1e-6 })
  }
}
