/**
 * How many rows go through a model at once, as configured or as is fastest in this process, and how
 * they are stacked.
 */
package layertap.extract.batch;
