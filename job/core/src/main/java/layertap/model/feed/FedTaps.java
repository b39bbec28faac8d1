package layertap.model.feed;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.rewrite.Substitution;
import layertap.model.feed.HandedOnFeeds.Shared;
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
  private final HandedOnFeeds handedOn;
  private final FedOutputs outputs;

  /** Looks at what feeds replace, which {@code substitution} holds. */
  FedTaps(
      GraphIndex graph,
      LayerIndex layers,
      Substitution substitution,
      HandedOnFeeds handedOn,
      FedOutputs outputs) {
    this.outputs = outputs;
    this.graph = graph;
    this.layers = layers;
    this.substitution = substitution;
    this.handedOn = handedOn;
  }

  /** The call of a layer whose input or output is tapped. */
  private record Tapped(LayerCall call, boolean isInput) {}

  /**
   * The tensor that holds a tap's value.
   *
   * @throws UserException if a feed replaces the value for a part of the layer only, or for another
   *     layer that shares the tensor
   */
  public TensorId valueOf(Tap tap) {
    Optional<Tapped> tapped = tapped(tap);
    Optional<Shared> shared = handedOn.sharing(tap.tensor());
    if (shared.isPresent() && tapped.stream().noneMatch(each -> isFed(each, shared.get(), tap))) {
      throw new UserException(
          ("cannot tap '%s' beside the feed %s: the layer that is fed hands on what it takes, and"
                  + " the two share the tensor %s; leave one of them out, or feed with into = the"
                  + " layer that follows")
              .formatted(tap.selector(), shared.get().target().text(), tap.tensor()));
    }
    Optional<TensorId> within = tapped.flatMap(each -> outputs.within(tap, each.call));
    if (within.isPresent()) {
      return within.get();
    }
    if (tapped.isPresent() && (tapped.get().isInput || hasHandedOn(tapped.get(), tap))) {
      return entering(tap, tapped.get());
    }
    return substitution.resolve(tap.tensor());
  }

  private Optional<Tapped> tapped(Tap tap) {
    for (Layer layer : layers.layers()) {
      int calls = layer.path().equals(tap.layer()) ? layer.calls().size() : 0;
      for (int number = 0; number < calls; number++) {
        String name = layer.path() + (calls > 1 ? "@" + number : "");
        LayerCall call = layer.calls().get(number);
        if (isOf(tap, name + Tap.INPUT)) {
          return Optional.of(new Tapped(call, true));
        }
        if (isOf(tap, name)) {
          return Optional.of(new Tapped(call, false));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isOf(Tap tap, String name) {
    return tap.selector().equals(name) || tap.selector().startsWith(name + ":");
  }

  /** Whether the tap is of the layer that is fed, or of what enters one that comes after it. */
  private boolean isFed(Tapped tapped, Shared shared, Tap tap) {
    if (tapped.call == shared.call()) {
      return !tapped.isInput || shared.target() instanceof FeedTarget.Into;
    }
    return tapped.isInput && tapped.call.hasOps() && !hasHandedOn(tapped, tap);
  }

  private boolean hasHandedOn(Tapped tapped, Tap tap) {
    return handedOn.handsOn(tapped.call, tap.tensor());
  }

  private TensorId entering(Tap tap, Tapped tapped) {
    Optional<TensorId> fed = handedOn.entering(tapped.call, tap.tensor());
    if (fed.isPresent()) {
      return fed.get();
    }
    Set<TensorId> values = new HashSet<>();
    if (tapped.isInput || isIdentity(tapped.call)) {
      takers(graph, tapped.call, tap.tensor())
          .forEach((node, taken) -> taken.forEach(each -> values.add(taken(tap, node, each))));
    }
    if (values.size() > 1) {
      throw new UserException(
          ("cannot tap '%s': a feed replaces it for a part of the layer; feed into the whole layer,"
                  + " or tap the input of a layer inside")
              .formatted(tap.selector()));
    }
    return values.isEmpty() ? before(tap, tapped) : values.iterator().next();
  }

  /** Nothing but identities, as Keras 2 leaves of a Dropout. */
  private boolean isIdentity(LayerCall call) {
    return IntStream.of(call.region().positions())
        .allMatch(node -> Ops.isIdentity(graph.node(node)));
  }

  /** The value where no op of the layer tells whether it comes before or after what is fed. */
  private TensorId before(Tap tap, Tapped tapped) {
    boolean isInputLayer = tapped.call.inputs().isEmpty();
    if (!isInputLayer && handedOn.replacedPartly(tap.tensor()).isPresent()) {
      throw new UserException(
          ("cannot tap '%s' beside the feed %s: both layers hand on the tensor %s, and the graph"
                  + " does not show which of them comes first; leave one of them out, or feed with"
                  + " into = the layer that follows")
              .formatted(
                  tap.selector(),
                  handedOn.replacedPartly(tap.tensor()).get().text(),
                  tap.tensor()));
    }
    return substitution.resolve(tap.tensor());
  }

  /** What a node takes, by what is fed on the way from the tensor that is tapped. */
  private TensorId taken(Tap tap, String node, TensorId tensor) {
    String taker = node;
    for (TensorId each : Identities.chain(graph, tensor)) {
      TensorId everywhere = substitution.resolve(each);
      Optional<TensorId> here = substitution.resolve(taker, each);
      if (here.isPresent() || !everywhere.equals(each)) {
        return here.orElse(everywhere);
      }
      if (each.equals(tap.tensor())) {
        break;
      }
      taker = each.node();
    }
    return substitution.resolve(tap.tensor());
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
