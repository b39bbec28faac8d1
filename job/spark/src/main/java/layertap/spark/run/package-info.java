/** Plans, names, counts and watches a run. */
package layertap.spark.run;
