package layertap.input.feed;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.model.select.FeedPoint;

/**
 * Which values fill a feed.
 *
 * @param columns of the input; several are joined
 */
public record FeedBinding(FeedPoint point, List<String> columns, FeedConversion conversion)
    implements Serializable {
  public FeedBinding {
    requireNonNull(point, "point is null");
    columns = List.copyOf(columns);
    requireNonNull(conversion, "conversion is null");
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a feed needs a column");
    }
  }

  /** The columns as messages name them. */
  public String columnText() {
    return String.join(", ", columns);
  }
}
