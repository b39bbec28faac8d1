/** Name scopes, and the rules by which names of layers became scopes. */
package layertap.model.layers.scope;
