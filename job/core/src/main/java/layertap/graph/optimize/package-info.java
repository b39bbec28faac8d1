/**
 * Rewrites a frozen graph so that it computes the same with fewer passes over memory. Each step is
 * a function of the graph alone; the values change by rounding only.
 */
package layertap.graph.optimize;
