/** Writes loops and lists of tensors down as what TensorFlow can differentiate. */
package layertap.graph.differentiate.loop;
