package layertap.model.feed;

import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import layertap.failure.UserException;
import layertap.graph.TensorShape;

/** Models that were exported for batches of one size. */
public final class FixedBatch {
  /** Batches of any size. */
  public static final int NONE = 0;

  private FixedBatch() {}

  /**
   * The one batch size that the feeds take; empty if they take any.
   *
   * @throws UserException if feeds take different ones, or one has no batch axis
   */
  public static OptionalInt of(List<FeedPlaceholder> feeds) {
    OptionalInt size = OptionalInt.empty();
    for (FeedPlaceholder feed : feeds) {
      TensorShape shape = feed.shape();
      if (!shape.isRankKnown()) {
        continue;
      }
      if (shape.sizes().isEmpty()) {
        // A batch of scalars would be spread along whichever axis is as long as the batch.
        throw singleValue(feed);
      }
      if (shape.sizes().get(0) < 0) {
        continue;
      }
      long own = shape.sizes().get(0);
      if (own == 0 || own > Integer.MAX_VALUE || (size.isPresent() && size.getAsInt() != own)) {
        throw new UserException(
            ("cannot batch the feed %s: the model takes exactly %s rows there%s; export "
                    + "the model with an open batch axis")
                .formatted(
                    feed.target().text(),
                    own,
                    size.isPresent() ? ", and " + size.getAsInt() + " elsewhere" : ""));
      }
      size = OptionalInt.of((int) own);
    }
    return size;
  }

  private static UserException singleValue(FeedPlaceholder feed) {
    return new UserException(
        ("cannot batch the feed %s: the model takes a single value there for all rows; give it"
                + " one with value in place of column, or export the model with a batch axis")
            .formatted(feed.target().text()));
  }

  /**
   * Goes on only if feeds of a single row stand beside no feed of several.
   *
   * @param singles those among the feeds that take the value of one row at a time
   * @throws UserException if another feed takes any number of rows
   */
  public static void requireOneKind(
      Collection<FeedPlaceholder> feeds, List<FeedPlaceholder> singles) {
    boolean takesMany =
        feeds.stream()
            .filter(feed -> !singles.contains(feed))
            .map(feed -> feed.shape().sizes())
            .anyMatch(sizes -> !sizes.isEmpty() && sizes.get(0) != 1);
    if (takesMany && !singles.isEmpty()) {
      throw singleValue(singles.get(0));
    }
  }

  /**
   * Goes on only if none of the feeds of one value for all rows may be a value for each row.
   *
   * @param size of the batches that the model takes; empty for any
   * @throws UserException if one has as many elements as a batch has rows
   */
  public static void requireApart(OptionalInt size, Collection<FeedPlaceholder> constants) {
    for (FeedPlaceholder constant : constants) {
      List<Long> sizes = constant.shape().isRankKnown() ? constant.shape().sizes() : List.of();
      if (size.isPresent() && !sizes.isEmpty() && sizes.get(0) == size.getAsInt()) {
        throw new UserException(
            ("cannot feed a value to %s: the model takes batches of %s rows, and as many elements"
                    + " there, which may be one for each row; name the column that holds them")
                .formatted(constant.target().text(), size.getAsInt()));
      }
    }
  }
}
