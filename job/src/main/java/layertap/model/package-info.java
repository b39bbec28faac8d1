/**
 * Reads a SavedModel, finds what to tap in it and cuts it down to that; needs no natives, no Spark.
 */
package layertap.model;
