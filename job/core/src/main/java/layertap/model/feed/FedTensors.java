package layertap.model.feed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.model.select.FeedTarget;

/**
 * What feeds replace: a tensor wherever it goes, or one that a certain node takes. Refuses two
 * feeds for one value: only one of them would count.
 */
final class FedTensors {
  private final GraphIndex graph;
  private final Map<TensorId, FeedTarget> tensors = new LinkedHashMap<>();
  private final Map<Edge, FeedTarget> edges = new LinkedHashMap<>();

  /** A tensor where one node takes it. */
  private record Edge(String consumer, TensorId tensor) {}

  FedTensors(GraphIndex graph) {
    this.graph = graph;
  }

  /**
   * Notes that a feed replaces a tensor wherever it goes.
   *
   * @throws UserException names another feed that replaces it, there or where it is handed on
   */
  void add(FeedTarget target, TensorId tensor) {
    requireUnfed(target, tensor);
    tensors.forEach((fed, other) -> requireApart(other, target, tensor, fed));
    edges.forEach((edge, other) -> requireApart(other, target, tensor, edge.tensor));
    tensors.put(tensor, target);
  }

  /**
   * Notes that a feed replaces a tensor where one layer takes it.
   *
   * @param consumers names of the layer's nodes that take it, with what each takes: the tensor, or
   *     what hands it on
   * @throws UserException names another feed that replaces one of these
   */
  void add(FeedTarget target, Map<String, Set<TensorId>> consumers) {
    List<Edge> own = new ArrayList<>();
    consumers.forEach(
        (consumer, taken) -> taken.forEach(tensor -> own.add(new Edge(consumer, tensor))));
    for (Edge edge : own) {
      requireUnfed(target, edge.tensor);
      FeedTarget other = edges.get(edge);
      if (other != null) {
        throw refused(other, target, edge.tensor);
      }
    }
    own.forEach(edge -> edges.put(edge, target));
  }

  private void requireUnfed(FeedTarget target, TensorId tensor) {
    for (TensorId earlier : Identities.chain(graph, tensor)) {
      FeedTarget other = tensors.get(earlier);
      if (other != null) {
        throw refused(other, target, earlier);
      }
    }
  }

  private void requireApart(
      FeedTarget other, FeedTarget target, TensorId tensor, TensorId otherTensor) {
    if (Identities.chain(graph, otherTensor).contains(tensor)) {
      throw refused(other, target, tensor);
    }
  }

  private static UserException refused(FeedTarget first, FeedTarget second, TensorId tensor) {
    return new UserException(
        ("cannot feed both %s and %s: the two feeds replace one value, that of %s; leave one of "
                + "them out, or feed each layer that takes it with into")
            .formatted(first.text(), second.text(), tensor));
  }
}
