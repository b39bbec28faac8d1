/** Checksums and digests that several formats and keys share. */
package layertap.checksum;
