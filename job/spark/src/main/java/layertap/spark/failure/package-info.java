/**
 * Finds in what Spark throws the failure that matters, waits for tasks that outlive their job, and
 * ends the process accordingly.
 */
package layertap.spark.failure;
