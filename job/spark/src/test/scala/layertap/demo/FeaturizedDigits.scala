package layertap.demo

import layertap.spark.LayerFeaturizer
import org.apache.spark.sql.{DataFrame, SparkSession}

object FeaturizedDigits {

  def embeddings(spark: SparkSession): DataFrame =
    new LayerFeaturizer()
      .setModel("test-data/models/digits_keras3")
      .setFeeds("{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }")
      .setFeatures("[{ layer = pool, as = vector, column = embedding }]")
      .setOnInvalid("skip")
      .transform(spark.read.parquet("test-data/digits"))
}
