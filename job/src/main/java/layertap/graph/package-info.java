/** Pure functions over TensorFlow's graph protos: inline, substitute, prune, freeze, check. */
package layertap.graph;
