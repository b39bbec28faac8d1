/** Finds in what Spark throws the failure that matters, and ends the process accordingly. */
package layertap.spark.failure;
