/** Puts constants in the place of variables. */
package layertap.graph.freeze;
