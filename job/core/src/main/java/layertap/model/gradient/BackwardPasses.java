package layertap.model.gradient;

import java.util.List;
import layertap.model.cut.RunnableGraph;

/** Adds backward passes to graphs: TensorFlow does it, which this package does not load. */
@FunctionalInterface
public interface BackwardPasses {
  /** The ops of the passes; reads no values of variables. */
  BackwardPass add(RunnableGraph model, List<GradientRequest> requests);
}
