package layertap.input;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.model.select.FeedPoint;

/**
 * Which values fill a feed.
 *
 * @param column of the input
 */
public record FeedBinding(FeedPoint point, String column, FeedConversion conversion)
    implements Serializable {
  public FeedBinding {
    requireNonNull(point, "point is null");
    requireNonNull(column, "column is null");
    requireNonNull(conversion, "conversion is null");
  }
}
