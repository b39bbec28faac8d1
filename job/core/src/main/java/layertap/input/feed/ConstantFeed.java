package layertap.input.feed;

import java.io.Serializable;
import java.util.List;
import layertap.failure.BadRowException;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.value.TensorConverter;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.select.FeedTarget;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** Makes the tensor of a feed that takes one value for all rows: of a switch. */
final class ConstantFeed {
  private ConstantFeed() {}

  /**
   * The value in the dtype of the feed.
   *
   * @throws UserException if the feed takes a value for each row, or no such value
   */
  static HostTensor tensor(FeedPlaceholder feed, Serializable value) {
    requireNoBatch(feed, value);
    if (Dtype.find(feed.dtype()).flatMap(Dtype::fedAs).isEmpty()) {
      throw refused(feed, value, "no values of its dtype can be fed");
    }
    requireKind(feed, value);
    try {
      HostTensor tensor = new TensorConverter(feed.dtype(), feed.shape()).convert(value);
      if (feed.shape().isRankKnown() && tensor.shape().length != feed.shape().sizes().size()) {
        throw refused(feed, value, "it takes the shape " + feed.shape());
      }
      return tensor;
    } catch (BadRowException e) {
      throw refused(feed, value, e.getMessage());
    }
  }

  private static void requireNoBatch(FeedPlaceholder feed, Serializable value) {
    TensorShape shape = feed.shape();
    if (shape.isRankKnown()) {
      if (!shape.isFullyKnown()) {
        throw new UserException(
            ("cannot feed the value %s to %s: it takes %s of shape %s, a value for each row; name"
                    + " the column that holds them")
                .formatted(value, feed.target().text(), Dtype.nameOf(feed.dtype()), shape));
      }
      return;
    }
    boolean isOutside =
        feed.target() instanceof FeedTarget.Input || feed.target() instanceof FeedTarget.Tensor;
    if (value instanceof List || !isOutside) {
      throw new UserException(
          ("cannot feed the value %s to %s: the graph does not say its shape, so it may take a value"
                  + " for each row; feed a single value to a placeholder with input or graph-tensor")
              .formatted(value, feed.target().text()));
    }
  }

  /** A number is no truth value and no text, nor the other way round. */
  private static void requireKind(FeedPlaceholder feed, Serializable value) {
    List<?> elements = value instanceof List<?> list ? list : List.of(value);
    for (Object element : elements) {
      boolean isFit =
          switch (feed.dtype()) {
            case DT_BOOL -> element instanceof Boolean;
            case DT_STRING -> element instanceof String;
            default -> element instanceof Number;
          };
      if (!isFit) {
        throw refused(
            feed,
            value,
            "it takes " + (feed.dtype() == DataType.DT_BOOL ? "true or false" : nameOf(feed)));
      }
    }
  }

  private static String nameOf(FeedPlaceholder feed) {
    return "values of " + Dtype.nameOf(feed.dtype());
  }

  private static UserException refused(FeedPlaceholder feed, Serializable value, String fact) {
    return new UserException(
        "cannot feed the value %s to %s: %s; write one that it can hold"
            .formatted(value, feed.target().text(), fact));
  }
}
