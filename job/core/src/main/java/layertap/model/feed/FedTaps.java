package layertap.model.feed;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.rewrite.Substitution;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.select.FeedTarget;
import layertap.model.select.Tap;

/** What taps give once feeds have replaced what they name, or what enters their layers. */
public final class FedTaps {
  private final GraphIndex graph;
  private final LayerIndex layers;
  private final Substitution substitution;
  private final Map<TensorId, FeedTarget> passedOn;

  /**
   * Looks at what feeds replace.
   *
   * @param substitution holds the replacements
   * @param passedOn tensors that are replaced as the outputs of layers that only hand them on
   */
  FedTaps(
      GraphIndex graph,
      LayerIndex layers,
      Substitution substitution,
      Map<TensorId, FeedTarget> passedOn) {
    this.graph = graph;
    this.layers = layers;
    this.substitution = substitution;
    this.passedOn = passedOn;
  }

  /**
   * The tensor that holds a tap's value.
   *
   * @throws UserException if a feed replaces the value for a part of the layer only, or for another
   *     layer that shares the tensor
   */
  public TensorId valueOf(Tap tap) {
    FeedTarget sharing = passedOn.get(tap.tensor());
    if (sharing != null && !isAfter(tap)) {
      throw new UserException(
          ("cannot tap '%s' beside the feed %s: the layer that is fed hands on what it takes, and"
                  + " the two share the tensor %s; leave one of them out, or feed with into = the"
                  + " layer that follows")
              .formatted(tap.selector(), sharing.text(), tap.tensor()));
    }
    for (Layer layer : layers.layers()) {
      if (layer.path().equals(tap.layer())) {
        Optional<LayerCall> call = inputOf(layer, tap);
        if (call.isPresent()) {
          return entering(tap, call.get());
        }
      }
    }
    return substitution.resolve(tap.tensor());
  }

  /** Whether the tap is of a layer that takes its tensor, and not of one that computes it. */
  private boolean isAfter(Tap tap) {
    int position = graph.require(tap.tensor().node());
    return !tap.layer().isEmpty()
        && layers.layers().stream()
            .filter(layer -> layer.path().equals(tap.layer()))
            .flatMap(layer -> layer.calls().stream())
            .noneMatch(call -> call.region().contains(position));
  }

  /** The call of the layer whose input the tap is. */
  private static Optional<LayerCall> inputOf(Layer layer, Tap tap) {
    for (int number = 0; number < layer.calls().size(); number++) {
      String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
      String input = name + Tap.INPUT;
      if (tap.selector().equals(input) || tap.selector().startsWith(input + ":")) {
        return Optional.of(layer.calls().get(number));
      }
    }
    return Optional.empty();
  }

  private TensorId entering(Tap tap, LayerCall call) {
    Set<TensorId> values = new HashSet<>();
    takers(graph, call, tap.tensor())
        .forEach((node, taken) -> taken.forEach(each -> values.add(taken(tap, node, each))));
    if (values.size() > 1) {
      throw new UserException(
          ("cannot tap '%s': a feed replaces it for a part of the layer; feed into the whole layer,"
                  + " or tap the input of a layer inside")
              .formatted(tap.selector()));
    }
    return values.isEmpty() ? substitution.resolve(tap.tensor()) : values.iterator().next();
  }

  private TensorId taken(Tap tap, String node, TensorId tensor) {
    TensorId everywhere = substitution.resolve(tensor);
    return substitution
        .resolve(node, tensor)
        .orElse(everywhere.equals(tensor) ? substitution.resolve(tap.tensor()) : everywhere);
  }

  /** The nodes of a call that take a tensor, with what each takes of what hands it on. */
  static Map<String, Set<TensorId>> takers(GraphIndex graph, LayerCall call, TensorId entering) {
    TensorId source = Identities.source(graph, entering);
    Map<String, Set<TensorId>> takers = new LinkedHashMap<>();
    for (int node : call.region().positions()) {
      for (TensorId taken : graph.inputTensors(node)) {
        // Dropouts leave identities.
        if (Identities.source(graph, taken).equals(source)) {
          takers
              .computeIfAbsent(graph.node(node).getName(), name -> new LinkedHashSet<>())
              .add(taken);
        }
      }
    }
    return takers;
  }
}
