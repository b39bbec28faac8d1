/** Extractors for rows of plain Java: reads them, and runs those of concurrent callers together. */
package layertap.extract.serving;
