/** Tries a model in a JVM of its own before the job's opens it. */
package layertap.spark.trial;
