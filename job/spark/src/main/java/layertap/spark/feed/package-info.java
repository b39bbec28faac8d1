/** The columns that feeds read: packed by Spark's query, unpacked by tasks. */
package layertap.spark.feed;
