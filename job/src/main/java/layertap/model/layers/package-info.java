/** Finds the layers of a model, their calls and their tensors in a flat graph. */
package layertap.model.layers;
