/** The rows that a configuration names, as Spark reads them. */
package layertap.spark.read;
