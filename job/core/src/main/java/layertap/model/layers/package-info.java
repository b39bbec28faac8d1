/**
 * The layers of a model: what they are, their calls and the tensors of these. How they are found,
 * and what each exporter leaves out, is told in {@code docs/how-a-layer-is-found.md}; the rooms
 * inside this one are its steps.
 */
package layertap.model.layers;
