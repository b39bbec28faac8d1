/** Puts the catalogue of layers together from all that a model's files tell. */
package layertap.model.layers.build;
