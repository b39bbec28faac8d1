/** Rewrites graphs so that TensorFlow can add gradients to them, or says why it cannot. */
package layertap.graph.differentiate;
