/** Replaces function calls by the nodes of the functions, so that a session can fetch them. */
package layertap.graph.inline;
