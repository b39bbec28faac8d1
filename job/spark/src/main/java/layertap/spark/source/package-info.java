/** What an input holds, for someone who has no configuration yet. Driver only. */
package layertap.spark.source;
