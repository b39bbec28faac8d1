package layertap.model.feed;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.Dtype;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.select.FeedTarget;
import org.tensorflow.proto.DataType;

/**
 * A placeholder that takes the values of a feed.
 *
 * @param target what of the model it stands for
 * @param placeholder in the graph
 * @param dtype of the tensor that it replaces; values are fed as {@link #fedType} says
 * @param shape with the batch axis, as far as it is known
 */
public record FeedPlaceholder(
    FeedTarget target, TensorId placeholder, DataType dtype, TensorShape shape)
    implements Serializable {
  public FeedPlaceholder {
    requireNonNull(target, "target is null");
    requireNonNull(placeholder, "placeholder is null");
    requireNonNull(dtype, "dtype is null");
    requireNonNull(shape, "shape is null");
  }

  /** The dtype in which values for a tensor of {@code dtype} are fed; the graph casts them. */
  public static DataType fedType(DataType dtype) {
    return Dtype.find(dtype).flatMap(Dtype::fedAs).map(Dtype::type).orElse(dtype);
  }
}
