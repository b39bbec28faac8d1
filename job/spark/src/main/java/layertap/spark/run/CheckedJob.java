package layertap.spark.run;

/**
 * A job that was checked: only what its rows hold can still make it fail.
 *
 * @param input with its columns
 * @param output in words: where it is, and what is there
 */
public record CheckedJob(ResolvedInput input, String output) {}
