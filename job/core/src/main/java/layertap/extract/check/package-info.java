/** Checks with synthetic rows that a cut model computes what the whole one does. */
package layertap.extract.check;
