package layertap.graph.differentiate.path;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.GraphDef;

/** A graph that is being made differentiable, step by step. Not thread-safe. */
public final class Rewriting {
  private final Map<TensorId, TensorId> current = new HashMap<>();
  private final Map<String, String> reasons = new LinkedHashMap<>();
  private final List<TensorId> of;
  private final List<TensorId> wrt;
  private GraphIndex graph;
  private GradientPaths paths;

  /** Starts from a graph, with tensors that are followed as they move. */
  public Rewriting(GraphDef graph, List<TensorId> of, List<TensorId> wrt) {
    this.graph = new GraphIndex(graph, OpDefinitions.registered());
    this.of = List.copyOf(of);
    this.wrt = List.copyOf(wrt);
  }

  public GraphIndex graph() {
    return graph;
  }

  /** Where a tensor is now. */
  public TensorId tensor(TensorId asked) {
    return current.getOrDefault(asked, asked);
  }

  public List<TensorId> of() {
    return of.stream().map(this::tensor).toList();
  }

  public List<TensorId> wrt() {
    return wrt.stream().map(this::tensor).toList();
  }

  /** The ways on which a gradient flows through the graph as it is now. */
  public GradientPaths paths() {
    if (paths == null) {
      paths = new GradientPaths(graph, of(), wrt());
    }
    return paths;
  }

  /** Where all tensors are now that others stand for. */
  public Map<TensorId, TensorId> moved() {
    return Collections.unmodifiableMap(current);
  }

  /** Follows tensors where they moved before. */
  public void follow(Map<TensorId, TensorId> moved) {
    current.putAll(moved);
  }

  /** Makes nodes take other tensors, and follows those that are replaced. */
  public void apply(Substitution changes) {
    graph = changes.apply(graph);
    current.replaceAll((asked, now) -> changes.resolve(now));
    changes.replaced().forEach(current::putIfAbsent);
    paths = null;
  }

  /** Notes why a node cannot be replaced; what is said first stays. */
  public void refuse(String node, String reason) {
    reasons.putIfAbsent(node, reason);
  }

  /** Why nodes could not be replaced, by their names. */
  public Map<String, String> reasons() {
    return Collections.unmodifiableMap(reasons);
  }
}
