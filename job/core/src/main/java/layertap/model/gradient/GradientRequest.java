package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;

/**
 * A backward pass to add to a graph.
 *
 * @param prefix begins the names of its nodes, without a slash at its end; no node has it yet
 * @param of a tensor of the graph
 * @param seed of the shape of {@code of}: what its derivative begins with
 * @param wrt tensors of the graph that {@code of} is computed from
 */
public record GradientRequest(String prefix, TensorId of, TensorId seed, List<TensorId> wrt)
    implements Serializable {
  public GradientRequest {
    requireNonNull(prefix, "prefix is null");
    requireNonNull(of, "of is null");
    requireNonNull(seed, "seed is null");
    wrt = List.copyOf(wrt);
  }
}
