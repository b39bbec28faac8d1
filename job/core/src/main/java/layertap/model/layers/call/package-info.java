/** Calls of layers as the graph shows them, with their tensors and recurrences. */
package layertap.model.layers.call;
