/**
 * Benchmarks of inner pieces, each with the ways that are compared; run by scripts/bench pieces.
 */
package layertap.benchmark;
