package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.model.cut.RunnableGraph;

/**
 * A truncated model that computes derivatives, too.
 *
 * @param derivatives in the order in which they were asked for
 * @param warnings what their user should know
 */
public record DifferentiatedModel(
    RunnableGraph model, List<Derivative> derivatives, List<String> warnings)
    implements Serializable {
  public DifferentiatedModel {
    requireNonNull(model, "model is null");
    derivatives = List.copyOf(derivatives);
    warnings = List.copyOf(warnings);
  }
}
