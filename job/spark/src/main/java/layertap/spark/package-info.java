/** Runs extraction on Spark: rows in, feature columns out. */
package layertap.spark;
