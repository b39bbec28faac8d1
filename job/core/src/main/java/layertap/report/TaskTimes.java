package layertap.report;

import java.io.Serializable;

/**
 * Where the time of tasks went, in nanoseconds; all of it, from a task's first row to its commit.
 *
 * @param read reading rows
 * @param open opening the model, or waiting for the task that opens it
 * @param decode decoding and converting values
 * @param inference in the model
 * @param write making columns of features and writing them
 */
public record TaskTimes(long read, long open, long decode, long inference, long write)
    implements Serializable {
  public static final TaskTimes NONE = new TaskTimes(0, 0, 0, 0, 0);

  public TaskTimes plus(TaskTimes other) {
    return new TaskTimes(
        read + other.read,
        open + other.open,
        decode + other.decode,
        inference + other.inference,
        write + other.write);
  }

  public TaskTimes minus(TaskTimes other) {
    return plus(
        new TaskTimes(-other.read, -other.open, -other.decode, -other.inference, -other.write));
  }

  long total() {
    return read + open + decode + inference + write;
  }
}
