package layertap.model.gradient;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;
import org.tensorflow.proto.NodeDef;

/**
 * The ops that TensorFlow adds for backward passes.
 *
 * @param nodes without those of the graph that they were added to
 * @param gradients for each pass the derivatives, in the order in which they were asked for
 */
public record BackwardPass(List<NodeDef> nodes, List<List<TensorId>> gradients)
    implements Serializable {
  public BackwardPass {
    nodes = List.copyOf(nodes);
    gradients = gradients.stream().map(List::copyOf).toList();
  }
}
