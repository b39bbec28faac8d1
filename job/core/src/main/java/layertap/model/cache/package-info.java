/** What was read of models on remote storage, kept on the local disk for other processes. */
package layertap.model.cache;
