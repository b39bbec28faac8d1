/** From the values of a row to the tensors that a model takes: decode, preprocess, pad, batch. */
package layertap.input;
