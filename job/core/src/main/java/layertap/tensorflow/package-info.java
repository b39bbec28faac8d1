/**
 * All natives: imports graphs, runs sessions, decodes and resizes images with TensorFlow's kernels.
 */
package layertap.tensorflow;
