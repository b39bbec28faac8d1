/** Columns of features: their types, metadata and values. */
package layertap.spark.schema;
