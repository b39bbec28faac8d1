/** Makes a finished output appear in its place, whole or not at all. */
package layertap.publish;
