/** The values of small tensors that follow from a graph without running it. */
package layertap.graph.differentiate.value;
