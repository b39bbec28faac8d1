/** Models, outputs and named files on the file systems that Hadoop reads and writes. */
package layertap.hadoop;
