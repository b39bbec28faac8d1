package layertap.report;

import java.io.Serializable;

/**
 * A file of the output.
 *
 * @param path relative to the output's directory
 * @param bytes its length
 */
public record WrittenFile(String path, long bytes) implements Serializable {}
