/** A configuration to start from, of a model and a described input. */
package layertap.suggest;
