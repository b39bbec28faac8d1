/** The command {@code layertap}. */
package layertap;
