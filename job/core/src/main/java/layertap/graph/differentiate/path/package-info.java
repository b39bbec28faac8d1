/** Where gradients flow through a graph, and how a graph is changed on the way. */
package layertap.graph.differentiate.path;
