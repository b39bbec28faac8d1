/**
 * A second way through an optimized graph, for numbers that its fastest kernels do not compute as
 * the ops that they stand for.
 */
package layertap.graph.detour;
