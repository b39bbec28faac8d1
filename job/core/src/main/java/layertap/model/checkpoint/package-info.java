/** Reads the values of variables from a TensorBundle, only the byte ranges that are needed. */
package layertap.model.checkpoint;
