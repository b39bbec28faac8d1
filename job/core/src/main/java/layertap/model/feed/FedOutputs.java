package layertap.model.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.rewrite.Substitution;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.Region;
import layertap.model.select.FeedTarget;
import layertap.model.select.Tap;

/**
 * Outputs of layers that are fed. As in Keras, what a layer returns is replaced, and nothing within
 * it: its other outputs are what they were.
 *
 * <pre>
 *   the layer: scores ─┬─▶ product ─▶ output 0     as it was
 *                      └───────────▶ output 1     is fed, for all outside
 * </pre>
 */
final class FedOutputs {
  private final GraphIndex graph;
  private final LayerIndex layers;
  private final Substitution substitution;
  private final List<Fed> outputs = new ArrayList<>();

  private record Fed(FeedTarget target, Layer layer, LayerCall call, TensorId tensor) {}

  FedOutputs(GraphIndex graph, LayerIndex layers, Substitution substitution) {
    this.graph = graph;
    this.layers = layers;
    this.substitution = substitution;
  }

  /**
   * Lets the ops of a call take its output as it computes it, not as it is fed.
   *
   * @throws UserException if what they compute of it leaves the call, and not as one of its outputs
   */
  void add(FeedTarget target, LayerCall call, TensorId tensor) {
    Set<Integer> own = new HashSet<>();
    for (int node : call.region().positions()) {
      for (TensorId taken : graph.inputTensors(node)) {
        if (!isHandingOn(node, call, tensor) && isTakenInside(taken, call.region(), tensor)) {
          substitution.replace(graph.node(node).getName(), taken, tensor);
          own.add(node);
        }
      }
    }
    requireOutputs(target, call, own);
    Layer layer =
        layers.layers().stream()
            .filter(each -> each.calls().stream().anyMatch(found -> found == call))
            .findFirst()
            .orElseThrow();
    outputs.add(new Fed(target, layer, call, tensor));
  }

  /** Whether the node does nothing but lead the output out of the call. */
  private boolean isHandingOn(int node, LayerCall call, TensorId tensor) {
    String name = graph.node(node).getName();
    return Ops.isIdentity(graph.node(node))
        && call.outputs().values().stream()
            .noneMatch(output -> output.node().equals(name) && !output.equals(tensor));
  }

  /** Whether it is the output, or an identity of it that has not left the call. */
  private boolean isTakenInside(TensorId taken, Region region, TensorId tensor) {
    List<TensorId> chain = Identities.chain(graph, taken);
    int end = chain.indexOf(tensor);
    return end >= 0
        && (!region.contains(graph.require(tensor.node()))
            || chain.subList(0, end).stream()
                .allMatch(each -> region.contains(graph.require(each.node()))));
  }

  private void requireOutputs(FeedTarget target, LayerCall call, Collection<Integer> own) {
    Set<TensorId> known = new HashSet<>();
    Stream.concat(call.outputs().values().stream(), call.states().values().stream())
        .filter(output -> graph.find(output.node()).isPresent())
        .forEach(output -> known.add(Identities.source(graph, output)));
    Set<Integer> reached = new HashSet<>(own);
    Deque<Integer> left = new ArrayDeque<>(own);
    while (!left.isEmpty()) {
      int node = left.pop();
      String name = graph.node(node).getName();
      for (int consumer : graph.consumers(node)) {
        if (call.region().contains(consumer)) {
          if (reached.add(consumer)) {
            left.push(consumer);
          }
          continue;
        }
        for (TensorId taken : graph.inputTensors(consumer)) {
          if (taken.node().equals(name) && !known.contains(Identities.source(graph, taken))) {
            throw new UserException(
                ("cannot feed %s: the layer itself goes on from there to %s, and the graph does not"
                        + " show whether that is another of its outputs; feed what takes the output"
                        + " with into%s")
                    .formatted(target.text(), taken, layers.orTopology()));
          }
        }
      }
    }
  }

  /**
   * What a tap inside a layer gives whose output is fed and is that same tensor: the value that the
   * layer computes.
   *
   * @throws UserException if nothing tells which call of that layer the tap is inside of
   */
  Optional<TensorId> within(Tap tap, LayerCall tapped) {
    for (Fed fed : outputs) {
      boolean isWithin =
          layers.layers().stream()
              .filter(layer -> layer.path().equals(tap.layer()))
              .anyMatch(layer -> layer.isInside(fed.layer.names()));
      if (!isWithin || !Identities.chain(graph, tap.tensor()).contains(fed.tensor)) {
        continue;
      }
      if (!tapped.hasOps() && fed.layer.calls().size() > 1) {
        throw new UserException(
            ("cannot tap '%s' beside the feed %s: it hands on the tensor %s, and the graph does not"
                    + " show in which call of '%s'; leave one of them out")
                .formatted(tap.selector(), fed.target.text(), fed.tensor, fed.layer.path()));
      }
      if (IntStream.of(tapped.region().positions()).allMatch(fed.call.region()::contains)) {
        return Optional.of(fed.tensor);
      }
    }
    return Optional.empty();
  }
}
