/**
 * The columns that feeds read: whether their types fit, with what helps where they do not; packed
 * by Spark's query, unpacked by tasks.
 */
package layertap.spark.feed;
