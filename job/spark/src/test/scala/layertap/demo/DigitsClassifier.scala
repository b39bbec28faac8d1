package layertap.demo

import org.apache.spark.ml.classification.LogisticRegression
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator
import org.apache.spark.sql.{DataFrame, SparkSession}

/** Transfer learning in a few lines: a linear classifier on the features that `extract` wrote. */
object DigitsClassifier {

  /** Trains on the rows of the split `train` and gives the accuracy on those of `test`. */
  def accuracy(features: DataFrame): Double = {
    val model = new LogisticRegression()
      .setFeaturesCol("features")
      .setLabelCol("label")
      .setMaxIter(100)
      .setRegParam(0.001)
      .fit(features.where("split = 'train'"))
    new MulticlassClassificationEvaluator()
      .setLabelCol("label")
      .setMetricName("accuracy")
      .evaluate(model.transform(features.where("split = 'test'")))
  }

  def main(arguments: Array[String]): Unit = {
    val spark =
      SparkSession.builder().master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
    val features = spark.read.parquet(arguments(0))
    features.printSchema()
    features.show(5, 60)
    println(f"accuracy on the test split: ${accuracy(features)}%.3f")
    spark.stop()
  }
}
