package layertap.model.cut;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.select.Tap;
import org.tensorflow.proto.DataType;

/**
 * A tap in a truncated graph.
 *
 * @param tap as it was resolved
 * @param fetch tensor of the truncated graph that holds its value
 * @param dtype of the value
 * @param shape with the batch axis, as noted when the model was saved
 * @param computed what goes on in the graph: the same tensor, unless {@code fetch} is a copy of
 *     what is fed, or has the rows along another axis
 */
public record CutTap(Tap tap, TensorId fetch, DataType dtype, TensorShape shape, TensorId computed)
    implements Serializable {
  /** A tap whose value is fetched as it goes on in the graph. */
  public CutTap(Tap tap, TensorId fetch, DataType dtype, TensorShape shape) {
    this(tap, fetch, dtype, shape, fetch);
  }

  public CutTap {
    requireNonNull(tap, "tap is null");
    requireNonNull(fetch, "fetch is null");
    requireNonNull(dtype, "dtype is null");
    requireNonNull(shape, "shape is null");
    requireNonNull(computed, "computed is null");
  }

  /** Finds the tap again, fully spelled. */
  public String selector() {
    return tap.selector();
  }

  /** Path of the layer that it belongs to; empty for a raw tensor. */
  public String layer() {
    return tap.layer();
  }

  /** The tensor of the model's own graph. */
  public TensorId tensor() {
    return tap.tensor();
  }

  /** The tap with the shape that TensorFlow infers for it. */
  public CutTap withShape(TensorShape inferred) {
    return new CutTap(tap, fetch, dtype, inferred, computed);
  }
}
