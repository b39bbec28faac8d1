package layertap.model.select;

import java.io.Serializable;
import java.util.Optional;

/**
 * Which axis of a tensor has a place for each row.
 *
 * @param position of the axis; or one of {@link #DEFAULT}, {@link #NONE}
 */
public record BatchAxis(int position) implements Serializable {
  /** The first, unless the model takes one row at a time and the tensor has no place for it. */
  public static final BatchAxis DEFAULT = new BatchAxis(-2);

  /** No axis: the whole tensor is one row's, in a model that takes one row at a time. */
  public static final BatchAxis NONE = new BatchAxis(-1);

  private static final String NO_AXIS = "none";

  /** Reads what a configuration says; empty if it says no such thing. */
  public static Optional<BatchAxis> parse(String text) {
    if (text.equals(NO_AXIS)) {
      return Optional.of(NONE);
    }
    return text.matches("\\d{1,2}")
        ? Optional.of(new BatchAxis(Integer.parseInt(text)))
        : Optional.empty();
  }

  /** Whether a configuration says which. */
  public boolean isConfigured() {
    return !equals(DEFAULT);
  }

  /** As a configuration says it. */
  public String text() {
    return equals(NONE) ? NO_AXIS : String.valueOf(position);
  }
}
