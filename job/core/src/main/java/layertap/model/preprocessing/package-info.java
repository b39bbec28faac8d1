/** What a model does to its inputs before its first layer, and what it was trained on. */
package layertap.model.preprocessing;
