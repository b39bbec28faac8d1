package layertap.model.select;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.saved.Signature;
import layertap.model.select.Selector.ByIndex;
import layertap.model.select.Selector.ByName;
import layertap.model.select.Selector.GraphTensor;
import layertap.model.select.Selector.Side;
import layertap.model.select.Selector.SignatureOutput;

/** Turns selectors into the tensors that they name. Not thread-safe. */
public final class SelectorResolver {
  private final GraphIndex graph;
  private final Signature signature;
  private final LayerFinder layers;
  private final LayerTensors tensors;
  private final LayerTensors scores;
  private final LayerTensors differentiatedBy;
  private final DistributedSteps steps;
  private final SharedOutputs shared;
  private final boolean hasConnections;
  private final Set<String> warnings = new LinkedHashSet<>();

  public SelectorResolver(GraphIndex graph, LayerIndex layers, Signature signature) {
    this.graph = graph;
    this.signature = signature;
    this.layers = new LayerFinder(layers, graph, signature, warnings::add);
    this.tensors = new LayerTensors(graph, layers);
    this.steps = new DistributedSteps(layers, graph);
    this.shared = new SharedOutputs(layers, graph, signature);
    this.scores = new GradientTensorsOfLayers(graph, layers, shared, unused -> {});
    this.differentiatedBy = new GradientTensorsOfLayers(graph, layers, shared, warnings::add);
    this.hasConnections = layers.hasConnections();
  }

  /**
   * The taps of a selector; more than one only for a glob.
   *
   * @throws UserException if it names nothing, or not one thing
   */
  public List<Tap> resolve(Selector selector) {
    return resolve(selector, tensors);
  }

  /** The same for scores that are differentiated. */
  public List<Tap> resolveScores(Selector selector) {
    return resolve(selector, scores);
  }

  private List<Tap> resolve(Selector selector, LayerTensors tensors) {
    if (selector instanceof ByName byName) {
      List<Tap> taps = new ArrayList<>();
      for (Layer layer : layers.find(byName)) {
        taps.addAll(
            byName.isGlob()
                ? allOf(layer, byName.call(), byName.port(), byName.side(), tensors)
                : List.of(one(layer, byName.call(), byName.port(), byName.side(), tensors)));
      }
      return taps;
    }
    if (selector instanceof ByIndex byIndex) {
      return List.of(
          one(layers.find(byIndex), byIndex.call(), byIndex.port(), byIndex.side(), tensors));
    }
    if (selector instanceof GraphTensor graphTensor) {
      TensorId tensor = new TensorFinder(graph).find(graphTensor.name());
      String column = Tap.toColumnName(graphTensor.name());
      return List.of(new Tap(tensor.toString(), "", tensor, column));
    }
    if (selector instanceof SignatureOutput output) {
      return List.of(signatureOutput(output));
    }
    throw new IllegalArgumentException("unknown kind of selector: " + selector);
  }

  /**
   * What is differentiated by: the taps of a selector, or of the input of the signature that it
   * names. A layer wins over an input of its name.
   *
   * @throws UserException if it names nothing, or not one thing
   */
  public List<Tap> resolveLayerOrInput(Selector selector) {
    if (selector instanceof ByName named && named.isBare()) {
      Signature.Port input = signature.inputs().get(named.path());
      if (input != null && layers.isUntapped(named)) {
        requireInGraph(named.path(), input);
        return List.of(new Tap(named.path(), "", input.tensor(), Tap.toColumnName(named.path())));
      }
    }
    return resolve(selector, differentiatedBy);
  }

  private void requireInGraph(String input, Signature.Port port) {
    if (!graph.contains(port.tensor())) {
      throw new UserException(
          ("cannot differentiate with respect to the input '%s': no output of the signature '%s' is"
                  + " computed from it; name another input, or a layer")
              .formatted(input, signature.name()));
    }
  }

  /**
   * Layers that globs matched but of which no tensor is known, with the reason; and names that may
   * be those of other layers, too.
   */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The one call of the layer that a feed names; a layer that is called once needs no number. */
  public LayerCall call(Selector selector, FeedTarget target) {
    if (selector instanceof ByName byName && !byName.isGlob()) {
      return call(layers.find(byName).get(0), byName.call(), target);
    }
    if (selector instanceof ByIndex byIndex) {
      return call(layers.find(byIndex), byIndex.call(), target);
    }
    throw new UserException(
        "cannot feed '" + selector.text() + "': it does not name one layer; name one");
  }

  /**
   * Goes on only if a feed may stand for what the call takes or gives.
   *
   * @throws UserException if the call is of the steps of all rows together
   */
  public void requireRowByRow(LayerCall call, FeedTarget target) {
    Optional<Layer> around = steps.around(call);
    if (around.isPresent()) {
      throw new UserException(
          ("cannot feed %s: the TimeDistributed layer '%s' runs the layer on the steps of all rows"
                  + " together; feed %s with into or output-of")
              .formatted(target.text(), around.get().path(), around.get().path()));
    }
  }

  private LayerCall call(Layer layer, int call, FeedTarget target) {
    if (layer.calls().isEmpty()) {
      throw new UserException(
          ("cannot feed %s: the graph does not show which ops belong to the "
                  + "layer, and the file does not say how it is connected to others; feed "
                  + "into the layer after it, or set model.topology")
              .formatted(target.text()));
    }
    return layer.calls().get(callNumber(layer, call, "feed " + target.text()));
  }

  private Tap one(Layer layer, int call, String port, Side side, LayerTensors tensors) {
    int number = callNumber(layer, call);
    Tap tap = steps.of(tensors.tap(layer, number, port, side), layer, number);
    if (side == Side.OUTPUT) {
      shared.handedOn(layer, number, tap.tensor()).ifPresent(warnings::add);
    }
    return tap;
  }

  private int callNumber(Layer layer, int call) {
    if (layer.calls().isEmpty()) {
      throw new UserException(
          ("cannot tap the layer '%s': the graph does not show which ops belong "
                  + "to it, and the file does not say how it is connected to others; tap "
                  + "the layer before it, or set model.topology")
              .formatted(layer.path()));
    }
    String which = call == ByName.ANY ? "tap" : "tap call " + call + " of";
    return callNumber(layer, call, which + " the layer '" + layer.path() + "'");
  }

  /** Checks the number of a call for what is to be done. */
  private int callNumber(Layer layer, int call, String purpose) {
    int count = layer.calls().size();
    if (call == ByName.ANY && count > 1) {
      String calls =
          IntStream.range(0, count)
              .mapToObj(
                  i -> layer.path() + "@" + i + " (takes " + layer.calls().get(i).inputs() + ")")
              .collect(Collectors.joining(", "));
      throw new UserException(
          "cannot " + purpose + ": it is called " + count + " times; name one: " + calls);
    }
    if (call >= count) {
      throw new UserException(
          "cannot %s: it is called %s%s, counted from 0%s"
              .formatted(
                  purpose,
                  count,
                  count == 1 ? " time" : " times",
                  hasConnections
                      ? ""
                      : "; calls that directly follow each other look like one, set model.topology to"
                          + " tell them apart"));
    }
    return Math.max(call, 0);
  }

  private List<Tap> allOf(Layer layer, int call, String port, Side side, LayerTensors tensors) {
    if (layer.calls().isEmpty() && call == ByName.ANY) {
      warnings.add(
          layer.path() + ": it leaves no ops, and nothing says how it is connected to others");
      return List.of();
    }
    List<Tap> taps = new ArrayList<>();
    int first = call == ByName.ANY ? 0 : callNumber(layer, call);
    int last = call == ByName.ANY ? layer.calls().size() - 1 : first;
    for (int number = first; number <= last; number++) {
      for (String each : LayerTensors.ports(layer.calls().get(number), port, side)) {
        try {
          taps.add(steps.of(tensors.tap(layer, number, each, side), layer, number));
        } catch (UserException e) {
          warnings.add(e.getMessage());
        }
      }
    }
    return taps;
  }

  private Tap signatureOutput(SignatureOutput output) {
    Map<String, Signature.Port> outputs = signature.outputs();
    Signature.Port port = outputs.get(output.name());
    if (port == null) {
      throw new UserException(
          "cannot find the output '%s': the signature '%s' has %s"
              .formatted(
                  output.name(), signature.name(), signature.instead(output.name(), outputs)));
    }
    TensorId tensor = port.tensor();
    return new Tap(output.name(), "", tensor, Tap.toColumnName(output.name()));
  }
}
