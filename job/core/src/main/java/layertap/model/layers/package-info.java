/** The layers of a model: what layer finding answers. See {@code docs/how-a-layer-is-found.md}. */
package layertap.model.layers;
