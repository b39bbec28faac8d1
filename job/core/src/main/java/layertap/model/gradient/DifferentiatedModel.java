package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;
import layertap.model.cut.CutTap;
import layertap.model.cut.RunnableGraph;

/**
 * A truncated model that computes derivatives, too.
 *
 * @param features for each derivative that was asked for a tensor with the rows first
 * @param scores for each of them a vector: of each row the score that is differentiated
 * @param warnings what their user should know
 */
public record DifferentiatedModel(
    RunnableGraph model, List<CutTap> features, List<TensorId> scores, List<String> warnings)
    implements Serializable {
  public DifferentiatedModel {
    requireNonNull(model, "model is null");
    features = List.copyOf(features);
    scores = List.copyOf(scores);
    warnings = List.copyOf(warnings);
  }
}
