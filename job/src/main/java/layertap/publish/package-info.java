/** Puts a finished output in the place of the old one, whole or not at all. */
package layertap.publish;
