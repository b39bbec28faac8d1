package layertap.model.feature;

import static java.util.Objects.requireNonNull;

import layertap.graph.TensorId;

/**
 * Sequences that were brought to one length, and how long each was before.
 *
 * @param source what they fill, for messages
 * @param lengths a vector of int32, one for each row: how many of its steps are true
 * @param steps their number with those that were added
 * @param isAtEnd whether the true steps are the last ones
 */
public record PaddedSteps(String source, TensorId lengths, long steps, boolean isAtEnd) {
  public PaddedSteps {
    requireNonNull(source, "source is null");
    requireNonNull(lengths, "lengths is null");
  }
}
