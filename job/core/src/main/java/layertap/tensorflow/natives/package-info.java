/** How TensorFlow's shared libraries get into this process. */
package layertap.tensorflow.natives;
