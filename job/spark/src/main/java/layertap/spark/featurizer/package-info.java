/** Adds features to DataFrames: settings, plans that a driver keeps, and the added columns. */
package layertap.spark.featurizer;
