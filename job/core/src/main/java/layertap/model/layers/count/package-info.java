/** Counts the parameters of layers. */
package layertap.model.layers.count;
