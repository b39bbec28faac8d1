package layertap.input.feed;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.failure.UserException;
import layertap.graph.TensorShape;
import layertap.inference.SessionFactory;
import layertap.input.value.NamedFiles;
import layertap.input.value.ValueConverter;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.select.FeedTarget;

/**
 * Which values fill a feed.
 *
 * @param columns of the input; several are joined
 * @param rowShape shape of one row as it is fed
 */
public record PlannedFeed(
    FeedPlaceholder point, List<String> columns, FeedConversion conversion, TensorShape rowShape)
    implements Serializable {
  public PlannedFeed {
    requireNonNull(point, "point is null");
    columns = List.copyOf(columns);
    requireNonNull(conversion, "conversion is null");
    requireNonNull(rowShape, "rowShape is null");
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a feed needs a column");
    }
  }

  /**
   * Fills a feed from columns.
   *
   * @throws UserException if the feed can never take what the conversion makes
   */
  public static PlannedFeed of(
      FeedPlaceholder point, List<String> columns, FeedConversion conversion) {
    return new PlannedFeed(point, columns, conversion, conversion.rowShape(point));
  }

  public FeedTarget target() {
    return point.target();
  }

  /** Whether it replaces a tensor inside of the model, not an input of its signature. */
  public boolean isInner() {
    return !(point.target() instanceof FeedTarget.Input) && !isBeside();
  }

  /** Whether it goes beside the model: what is tapped does not depend on it. */
  public boolean isBeside() {
    return point.target() instanceof FeedTarget.ClassNumber;
  }

  /**
   * A converter for its values; the caller closes it. TensorFlow has been started.
   *
   * @param files for values that name files
   * @param sessions for what kernels convert
   */
  public ValueConverter open(NamedFiles files, SessionFactory sessions) {
    return conversion.open(point, rowShape, files, sessions);
  }

  /** The columns as messages name them. */
  public String columnText() {
    return String.join(", ", columns);
  }
}
