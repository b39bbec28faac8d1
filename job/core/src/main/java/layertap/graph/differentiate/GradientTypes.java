package layertap.graph.differentiate;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/** Checks that tensors are of numbers that a derivative exists of. */
final class GradientTypes {
  private GradientTypes() {}

  /**
   * Checks both ends of a gradient.
   *
   * @throws UserException if one is not of floating-point numbers
   */
  static void require(GraphIndex graph, List<TensorId> of, List<TensorId> wrt) {
    for (TensorId tensor : of) {
      DataType dtype = graph.type(tensor);
      if (!Dtype.isFloat(dtype)) {
        throw new UserException(
            ("cannot compute the gradient of '%s': its dtype is %s, and only floating-point values"
                    + " have a gradient; name the layer that gives the scores it is made from")
                .formatted(tensor, Dtype.nameOf(dtype)));
      }
    }
    for (TensorId tensor : wrt) {
      DataType dtype = graph.type(tensor);
      if (!Dtype.isFloat(dtype)) {
        throw new UserException(
            ("cannot compute a gradient with respect to '%s': its dtype is %s, and only"
                    + " floating-point values have a gradient; name the layer that makes such of"
                    + " it, as an embedding")
                .formatted(tensor, Dtype.nameOf(dtype)));
      }
    }
  }
}
