/** What runs in a task on an executor. */
package layertap.spark.task;
