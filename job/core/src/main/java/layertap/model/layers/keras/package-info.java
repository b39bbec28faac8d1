/** What Keras wrote down of a model: topologies, metadata, the object graph. */
package layertap.model.layers.keras;
