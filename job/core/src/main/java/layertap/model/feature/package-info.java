/** What becomes of a tapped tensor before it is a column: pooling, normalisation, storage. */
package layertap.model.feature;
