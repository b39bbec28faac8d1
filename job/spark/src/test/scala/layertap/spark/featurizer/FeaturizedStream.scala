package layertap.spark.featurizer

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.streaming.Trigger

/** The program of a stream: `FeaturizedStream IN OUT CHECKPOINT IS_ENDLESS`. Files of digits come
  * in, one a batch; files of features go out.
  */
object FeaturizedStream {
  def main(arguments: Array[String]): Unit = {
    val Array(in, out, checkpoint, isEndless) = arguments
    val spark = SparkSession.builder().getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    val digits = spark.readStream
      .schema("id int, pixels array<float>, label int")
      .option("maxFilesPerTrigger", 1)
      .parquet(in)
    Featurizers
      .digits("[softmax, { layer = pool, as = vector, column = embedding }]")
      .transform(digits)
      .writeStream
      .outputMode("append")
      .option("checkpointLocation", checkpoint)
      .trigger(if (isEndless.toBoolean) Trigger.ProcessingTime(0) else Trigger.AvailableNow())
      .start(out)
      .awaitTermination()
    // Only what is to end gets here.
    spark.stop()
  }
}
