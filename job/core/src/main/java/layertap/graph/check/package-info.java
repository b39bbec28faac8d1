/** Refuses graphs that are damaged, or that do more than compute. */
package layertap.graph.check;
