package layertap.suggest.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.saved.Signature;

/**
 * The outputs of a model's layers that hold values of each row, in the order in which the model
 * computes them, one for each tensor: of a model inside another and its last layer it is the
 * model's.
 */
final class LayerOutputs {
  private static final Set<String> OF_ATTENTION = Set.of("query", "key", "value");

  private static final String LOOP = "While";
  private static final String HIDDEN = "hidden";

  private final LoadedModel model;
  private final GraphIndex graph;
  private final boolean[] isOfRows;
  private final Set<Long> batchSizes = new HashSet<>(Set.of(TensorShape.UNKNOWN));
  private final Set<String> inputs = new HashSet<>();

  private LayerOutputs(LoadedModel model) {
    this.model = model;
    this.graph = model.graph();
    for (Signature.Port port : model.signature().inputs().values()) {
      inputs.add(port.tensor().node());
      if (port.shape().isRankKnown() && !port.shape().sizes().isEmpty()) {
        batchSizes.add(port.shape().sizes().get(0));
      }
    }
    this.isOfRows =
        graph.descendantsOf(
            inputs.stream()
                .filter(node -> graph.find(node).isPresent())
                .mapToInt(graph::require)
                .toArray());
  }

  static List<LayerOutput> of(LoadedModel model) {
    return new LayerOutputs(model).all();
  }

  private List<LayerOutput> all() {
    List<Layer> layers = new ArrayList<>(model.layers().layers());
    Set<List<String>> wholes = wholes(layers);
    // Of layers that share a tensor the outer one is taken, then the first.
    layers.sort(Comparator.comparingInt(layer -> layer.names().size()));
    Map<TensorId, LayerOutput> bySource = new LinkedHashMap<>();
    for (Layer layer : layers) {
      if (wholes.stream().noneMatch(layer::isInside)) {
        add(layer, bySource);
      }
    }
    return bySource.values().stream()
        .sorted(Comparator.comparingInt(LayerOutput::position))
        .toList();
  }

  /**
   * Layers that are more than the layers inside: what those of an attention give is of no use
   * alone, and each of two recurrent layers is half of what both give.
   */
  private static Set<List<String>> wholes(List<Layer> layers) {
    Map<List<String>, Set<String>> inside =
        layers.stream()
            .filter(layer -> layer.names().size() > 1)
            .collect(
                Collectors.groupingBy(
                    layer -> layer.names().subList(0, layer.names().size() - 1),
                    Collectors.mapping(Layer::name, Collectors.toSet())));
    Set<List<String>> wholes = new HashSet<>();
    inside.forEach(
        (around, names) -> {
          if (names.containsAll(OF_ATTENTION)) {
            wholes.add(around);
          }
        });
    layers.stream().filter(layer -> layer.op().equals(LOOP)).map(Layer::names).forEach(wholes::add);
    return wholes;
  }

  private void add(Layer layer, Map<TensorId, LayerOutput> bySource) {
    for (int number = 0; number < layer.calls().size(); number++) {
      LayerCall call = layer.calls().get(number);
      String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
      call.outputs()
          .forEach(
              (position, tensor) -> {
                String selector = call.onlyOutput().isPresent() ? name : name + ":" + position;
                add(selector, tensor, bySource);
              });
    }
  }

  /** The last state of the last recurrent layer whose states are known. */
  static Optional<LayerOutput> lastState(LoadedModel model) {
    LayerOutputs outputs = new LayerOutputs(model);
    Map<TensorId, LayerOutput> states = new LinkedHashMap<>();
    for (Layer layer : model.layers().layers()) {
      for (int number = 0; number < layer.calls().size(); number++) {
        String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
        TensorId hidden = layer.calls().get(number).states().get(HIDDEN);
        if (layer.isTopLevel() && hidden != null) {
          outputs.add(name + ":" + HIDDEN, hidden, states);
        }
      }
    }
    return states.values().stream().filter(state -> state.rank() == 1).reduce((one, next) -> next);
  }

  private void add(String selector, TensorId tensor, Map<TensorId, LayerOutput> bySource) {
    TensorId source = Identities.source(graph, tensor);
    int position = graph.require(source.node());
    TensorShape shape = graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
    boolean hasRows =
        isOfRows[position]
            && !inputs.contains(source.node())
            && shape.isRankKnown()
            && !shape.sizes().isEmpty()
            && batchSizes.contains(shape.sizes().get(0));
    if (hasRows && Dtype.find(graph.type(tensor)).flatMap(Dtype::storedAs).isPresent()) {
      bySource.putIfAbsent(
          source,
          new LayerOutput(
              selector, tensor, source, position, graph.type(tensor), shape.withoutBatch()));
    }
  }
}
