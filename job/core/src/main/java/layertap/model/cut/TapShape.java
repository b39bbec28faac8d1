package layertap.model.cut;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.TensorShape;

/**
 * What is known of the shape of a tap before a run.
 *
 * @param inferred by TensorFlow
 * @param full the same with the steps of loops whose number the model fixes, which TensorFlow does
 *     not infer
 */
public record TapShape(TensorShape inferred, TensorShape full) implements Serializable {
  public TapShape {
    requireNonNull(inferred, "inferred is null");
    requireNonNull(full, "full is null");
  }
}
