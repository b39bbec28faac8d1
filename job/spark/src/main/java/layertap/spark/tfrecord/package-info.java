/** TFRecord files as a source of Spark. */
package layertap.spark.tfrecord;
