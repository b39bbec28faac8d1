/**
 * What runs graphs, as those see it who use it: sessions and who opens them. Loads no natives;
 * {@code layertap.tensorflow} implements it.
 */
package layertap.inference;
