/** Prunes graphs and makes their nodes take other tensors than they did. */
package layertap.graph.rewrite;
