/** Cuts a model down to what chosen tensors need. */
package layertap.model.cut;
