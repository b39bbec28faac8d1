package layertap.suggest.feed;

import static java.util.Objects.requireNonNull;

import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/**
 * What a feed fills: an input of the signature, or another placeholder.
 *
 * @param key how a feed names the target: {@code input} or {@code graph-tensor}
 * @param name of it
 * @param shape with the batch axis, as far as the model says it
 */
public record FedInput(String key, String name, DataType dtype, TensorShape shape) {
  public FedInput {
    requireNonNull(key, "key is null");
    requireNonNull(name, "name is null");
    requireNonNull(dtype, "dtype is null");
    requireNonNull(shape, "shape is null");
  }

  /** Whether it has no place for several rows: a switch, or the input of one row at a time. */
  public boolean isSingleValue() {
    return shape.isRankKnown() && shape.sizes().isEmpty();
  }

  /** Shape of one row; of no axes for a single value. */
  TensorShape rowShape() {
    return shape.withoutBatch();
  }

  /** Name, dtype and shape, for the reader. */
  public String words() {
    return "%s (%s %s)".formatted(name, Dtype.nameOf(dtype), shape);
  }
}
