/** Ops that TensorFlow can differentiate in the place of some that it cannot, or not rightly. */
package layertap.graph.differentiate.equivalent;
