/** Selectors: from the words of a configuration to tensors of a model. */
package layertap.model.select;
