/** Aligns a list of layers without connections to the layers that the scopes show. */
package layertap.model.layers.align;
