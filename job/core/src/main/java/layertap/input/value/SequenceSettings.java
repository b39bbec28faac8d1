package layertap.input.value;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * How a sequence comes to a fixed length, as {@code keras.utils.pad_sequences} does it.
 *
 * @param maxLength number of steps, or {@link #LENGTH_OF_MODEL}
 * @param pad at which end steps are added
 * @param truncate at which end steps are dropped
 * @param value of each number in an added step
 */
public record SequenceSettings(int maxLength, Padding pad, Side truncate, double value)
    implements Serializable {
  /** As many steps as the model's input has. */
  public static final int LENGTH_OF_MODEL = 0;

  /** An end of a sequence. */
  public enum Side {
    /** The beginning. */
    PRE,
    /** The end. */
    POST
  }

  /** Where steps are added to a sequence that is too short. */
  public enum Padding {
    /** At the beginning. */
    PRE,
    /** At the end. */
    POST,
    /** Nowhere: every row has its own length. */
    NONE
  }

  public SequenceSettings {
    requireNonNull(pad, "pad is null");
    requireNonNull(truncate, "truncate is null");
  }
}
