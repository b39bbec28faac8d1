/** Prunes graphs, makes their nodes take other tensors, and computes once what never changes. */
package layertap.graph.rewrite;
