/** Converts the value of a column, one row at a time, to the tensor of a feed. */
package layertap.input.value;
