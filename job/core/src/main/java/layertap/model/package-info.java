/** A signature of a SavedModel as a flat graph, with its layers. Needs no natives and no Spark. */
package layertap.model;
