/** The vocabulary of TensorFlow graphs: tensors, shapes, nodes, functions, op definitions. */
package layertap.graph;
