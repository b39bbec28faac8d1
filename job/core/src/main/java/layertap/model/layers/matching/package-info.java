/**
 * Matches the calls that a topology names to the calls that the graph shows, and its Keras tensors
 * to tensors of the graph: facts, the rules that add to them, and the solver that runs these.
 */
package layertap.model.layers.matching;
