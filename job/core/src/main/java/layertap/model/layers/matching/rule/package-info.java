/** The rules by which a topology is matched to a graph, each with why its conclusion is certain. */
package layertap.model.layers.matching.rule;
