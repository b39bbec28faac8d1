package layertap.input.feed;

import layertap.graph.TensorShape;
import layertap.inference.SessionFactory;
import layertap.input.value.ClassConverter;
import layertap.input.value.NamedFiles;
import layertap.input.value.ValueConverter;
import layertap.model.feed.FeedPlaceholder;

/**
 * The number of a class.
 *
 * @param count how many classes there are
 */
public record ClassNumber(long count) implements FeedConversion {
  @Override
  public TensorShape rowShape(FeedPlaceholder feed) {
    return feed.shape().withoutBatch();
  }

  @Override
  public ValueConverter open(
      FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions) {
    return new ClassConverter(count);
  }
}
