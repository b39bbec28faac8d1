/** Tensors in Java's memory. Loads no natives. */
package layertap.tensor;
