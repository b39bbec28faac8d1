/** The files of a SavedModel, its MetaGraphs, signatures and fingerprint. */
package layertap.model.saved;
