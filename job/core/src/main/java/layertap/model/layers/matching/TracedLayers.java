package layertap.model.layers.matching;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallSplitter;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.Variables;

/** Looks the layers of a topology up inside a call of their model in the graph. */
public final class TracedLayers {
  private final ScopedLayers scopes;
  private final GraphIndex graph;
  private final Variables variables;

  public TracedLayers(ScopedLayers scopes, GraphIndex graph, Variables variables) {
    this.scopes = scopes;
    this.graph = graph;
    this.variables = variables;
  }

  /**
   * The layers inside one call of a model.
   *
   * @param layers of the topology, by name
   * @param unlisted paths of layers that the topology lacks
   */
  record Inside(Map<String, TracedLayer> layers, List<String> unlisted) {}

  /**
   * The calls of the layers inside a call of a model.
   *
   * @param model the call that the graph shows; empty if it left no ops
   */
  public TopologyLevel inside(TopologyCall call, Optional<TracedCall> model) {
    return inside(call.element().nested(), call.names(), call.numbers(), model, call.inputs());
  }

  TopologyLevel inside(
      Topology topology,
      List<String> around,
      List<Integer> numbers,
      Optional<TracedCall> model,
      List<KerasTensor> inputs) {
    return TopologyLevel.of(topology, around, numbers, find(topology, around, model), inputs);
  }

  private Inside find(Topology topology, List<String> around, Optional<TracedCall> model) {
    LayerNames names = LayerNames.of(topology);
    ScopedLayers.Inside shown =
        model.map(call -> scopes.inside(call, names)).orElse(ScopedLayers.Inside.NOTHING);
    Region inNoLayer = inNoLayer(model, shown);
    Map<String, TracedLayer> layers = new HashMap<>();
    for (Topology.Element element : topology.layers()) {
      String name = element.name();
      boolean givesConstants =
          !element.isIdentity()
              && (shown.constant().contains(name) || variables.areReadElsewhere(name));
      List<TracedCall> calls =
          CallSplitter.split(
              shown.layers().getOrDefault(name, List.of()), element.calls().size(), graph);
      layers.put(
          name, new TracedLayer(calls, givesConstants || names.isContested(name), inNoLayer));
    }
    List<String> unlisted =
        shown.layers().keySet().stream()
            .filter(name -> !names.contains(name))
            .map(name -> String.join("/", TopologyLevel.append(around, name)))
            .toList();
    return new Inside(layers, unlisted);
  }

  private static Region inNoLayer(Optional<TracedCall> model, ScopedLayers.Inside shown) {
    IntStream inside =
        shown.layers().values().stream()
            .flatMap(List::stream)
            .flatMapToInt(call -> Arrays.stream(call.region().positions()));
    Region layers = new Region(inside.distinct().sorted().toArray());
    return model.map(call -> call.region().minus(layers)).orElse(layers);
  }
}
