package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;
import layertap.model.cut.CutTap;

/**
 * A derivative that a truncated model computes.
 *
 * @param value of the feature, with the rows first
 * @param score a vector: of each row the score that is differentiated
 * @param pick what picks that score among others; {@code score} itself where there is one only
 * @param wrt tensors as the differentiated graph has them, in the order of the target
 * @param gradients the derivatives by these, of their shapes
 */
public record Derivative(
    GradientTarget target,
    CutTap value,
    TensorId score,
    TensorId pick,
    List<TensorId> wrt,
    List<TensorId> gradients)
    implements Serializable {
  public Derivative {
    requireNonNull(target, "target is null");
    requireNonNull(value, "value is null");
    requireNonNull(score, "score is null");
    requireNonNull(pick, "pick is null");
    wrt = List.copyOf(wrt);
    gradients = List.copyOf(gradients);
  }
}
