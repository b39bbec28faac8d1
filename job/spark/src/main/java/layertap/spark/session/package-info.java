/** How a Spark session starts that is layertap's own. */
package layertap.spark.session;
