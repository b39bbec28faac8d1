package layertap.input.feed;

import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.model.feed.FeedPlaceholder;

/** Whether a feed takes rows of a shape. */
final class FeedFit {
  private FeedFit() {}

  /**
   * Goes on only if the feed takes rows of that shape.
   *
   * @param remedy what the user may do otherwise
   * @throws UserException if it does not
   */
  static void require(FeedPlaceholder feed, TensorShape made, String remedy) {
    TensorShape wanted = feed.shape().withoutBatch();
    if (!wanted.isRankKnown()) {
      return;
    }
    boolean fits = wanted.sizes().size() == made.sizes().size();
    for (int i = 0; fits && i < made.sizes().size(); i++) {
      long size = wanted.sizes().get(i);
      fits =
          size == TensorShape.UNKNOWN
              || made.sizes().get(i) == TensorShape.UNKNOWN
              || size == made.sizes().get(i);
    }
    if (!fits) {
      throw new UserException(
          "cannot feed %s: a row would have the shape %s, the model takes %s; %s"
              .formatted(feed.target().text(), made, wanted, remedy));
    }
  }

  /** The failure of a feed that takes no such values. */
  static UserException unfit(String values, FeedPlaceholder feed, String why) {
    return new UserException(
        "cannot feed %s to %s: it takes %s of shape %s%s"
            .formatted(
                values,
                feed.target().text(),
                Dtype.nameOf(feed.dtype()),
                feed.shape().withoutBatch(),
                why));
  }
}
