/** Whether files hold the rows, and the columns, that Spark would take from them. Driver only. */
package layertap.spark.layout;
