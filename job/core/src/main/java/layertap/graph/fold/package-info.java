/** Leaves out of a graph what constants decide: branches not taken, random ops without effect. */
package layertap.graph.fold;
