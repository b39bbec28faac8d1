/** Turns rows into features by a plan; needs no Spark. */
package layertap.extract;
