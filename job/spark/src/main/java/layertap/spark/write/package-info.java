/** Writes features to directories and tables, in each of the modes. */
package layertap.spark.write;
