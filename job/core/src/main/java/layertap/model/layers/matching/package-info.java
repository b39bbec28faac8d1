/** Matches the calls that a topology names to the calls that the graph shows. */
package layertap.model.layers.matching;
