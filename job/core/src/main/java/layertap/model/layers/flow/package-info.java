/** Which tensors enter and leave a region of a graph, and which op does its work. */
package layertap.model.layers.flow;
