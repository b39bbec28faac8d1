package layertap.input.feed;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.TensorId;

/**
 * A placeholder that takes the true lengths of padded sequences.
 *
 * @param feed position of the sequences' feed in the plan
 */
public record LengthFeed(int feed, TensorId placeholder) implements Serializable {
  public LengthFeed {
    requireNonNull(placeholder, "placeholder is null");
  }
}
