/** Adds derivatives to truncated models: scores, what is made of derivatives, and their check. */
package layertap.model.gradient.build;
