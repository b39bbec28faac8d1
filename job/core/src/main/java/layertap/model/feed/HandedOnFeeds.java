package layertap.model.feed;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.select.FeedTarget;

/** What is fed to layers that hand on what they take, and share the tensor with others. */
final class HandedOnFeeds {
  private final GraphIndex graph;
  private final LayerIndex layers;
  private final Map<TensorId, Shared> shared = new HashMap<>();
  private final IdentityHashMap<LayerCall, Map<TensorId, TensorId>> entering =
      new IdentityHashMap<>();
  private final Map<TensorId, FeedTarget> partly = new HashMap<>();

  /** A feed that replaces the tensor of a call for all that take it. */
  record Shared(FeedTarget target, LayerCall call) {}

  HandedOnFeeds(GraphIndex graph, LayerIndex layers) {
    this.graph = graph;
    this.layers = layers;
  }

  /**
   * Goes on only if one layer of the model takes the tensor that another hands on.
   *
   * @throws UserException names several places that take it
   */
  void requireOnePlace(FeedTarget target, TensorId tensor) {
    int[] takers =
        IntStream.of(graph.consumers(graph.require(tensor.node())))
            .filter(consumer -> graph.inputTensors(consumer).contains(tensor))
            .distinct()
            .toArray();
    if (takers.length > 1 && !areInOneLayer(takers)) {
      String names =
          IntStream.of(takers)
              .limit(4)
              .mapToObj(taker -> graph.node(taker).getName())
              .collect(Collectors.joining(", "));
      throw new UserException(
          ("cannot feed %s: the layer hands on what it takes, and that tensor %s goes "
                  + "to several places (%s); feed with into = the layer that follows")
              .formatted(target.text(), tensor, names));
    }
  }

  private boolean areInOneLayer(int[] nodes) {
    return layers.layers().stream()
        .filter(layer -> layer.isTopLevel())
        .flatMap(layer -> layer.calls().stream())
        .anyMatch(call -> IntStream.of(nodes).allMatch(call.region()::contains));
  }

  /** Notes that the tensor which a call hands on is replaced for all that take it. */
  void addShared(FeedTarget target, LayerCall call, TensorId tensor) {
    shared.put(tensor, new Shared(target, call));
  }

  /** Notes that a value is fed for a tensor where one call takes it. */
  void addEntering(FeedTarget target, LayerCall call, TensorId tensor, TensorId value) {
    TensorId source = Identities.source(graph, tensor);
    entering.computeIfAbsent(call, any -> new HashMap<>()).put(source, value);
    if (handsOn(call, tensor)) {
      partly.put(source, target);
    }
  }

  /** The feed that replaces the tensor for all that take it. */
  Optional<Shared> sharing(TensorId tensor) {
    return Optional.ofNullable(shared.get(tensor));
  }

  /** What a call is fed for a tensor. */
  Optional<TensorId> entering(LayerCall call, TensorId tensor) {
    return Optional.ofNullable(
        entering.getOrDefault(call, Map.of()).get(Identities.source(graph, tensor)));
  }

  /** A feed that replaces the tensor only from one of the layers on that hand it on. */
  Optional<FeedTarget> replacedPartly(TensorId tensor) {
    return Optional.ofNullable(partly.get(Identities.source(graph, tensor)));
  }

  /** Whether an output of the call is a tensor that it takes, whatever identity it leaves. */
  boolean handsOn(LayerCall call, TensorId tensor) {
    return call.outputs().containsValue(tensor)
        && !call.region().contains(graph.require(tensor.node()));
  }
}
