/** How a Spark session starts and stops that is layertap's own. */
package layertap.spark.session;
