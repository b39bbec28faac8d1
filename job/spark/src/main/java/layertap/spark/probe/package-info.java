/** Looks at the first rows of a job before it begins. */
package layertap.spark.probe;
