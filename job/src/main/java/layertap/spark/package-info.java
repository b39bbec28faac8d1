/** Runs extraction on Spark: rows in, feature columns out. The only user of Spark and Hadoop. */
package layertap.spark;
