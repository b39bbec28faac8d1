package layertap.model.gradient;

import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.RunnableGraph;

/**
 * Adds backward passes to graphs: TensorFlow does it, which this package does not load. Reads no
 * values of variables.
 */
public interface BackwardPasses {
  /** The ops of the passes. */
  BackwardPass add(RunnableGraph model, List<GradientRequest> requests);

  /** The shapes of all tensors of a model's graph, as far as they follow from it. */
  Map<TensorId, TensorShape> shapes(RunnableGraph model);
}
