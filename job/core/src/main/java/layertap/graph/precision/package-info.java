/** Computes a graph in fewer bits. */
package layertap.graph.precision;
