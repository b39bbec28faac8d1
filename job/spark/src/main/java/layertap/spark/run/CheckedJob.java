package layertap.spark.run;

/**
 * A job that nothing stands against but what its rows may hold.
 *
 * @param input with its columns
 * @param output in words: where it is, and what is there
 */
public record CheckedJob(ResolvedInput input, String output) {}
