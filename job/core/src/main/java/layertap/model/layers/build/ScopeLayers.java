package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.model.layers.Layer;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.flow.MainOp;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.Variables;

/** Describes the layers that only scopes show. */
final class ScopeLayers {
  private final ScopedLayers scopes;
  private final CallTensors callTensors;
  private final Variables variables;
  private final LayerCalls layerCalls;
  private final LayerNames names;
  private final NamingRule rule;

  ScopeLayers(
      ScopedLayers scopes,
      CallTensors callTensors,
      Variables variables,
      LayerCalls layerCalls,
      LayerNames names,
      NamingRule rule) {
    this.scopes = scopes;
    this.callTensors = callTensors;
    this.variables = variables;
    this.layerCalls = layerCalls;
    this.names = names;
    this.rule = rule;
  }

  /** The layers of a model, those inside them after each. */
  List<Layer> of(ModelCalls model) {
    List<Layer> layers = new ArrayList<>();
    addInside(List.of(), model.calls(), model, layers);
    return layers;
  }

  /** Layers that are no part of the model, with those inside them. */
  List<Layer> others(ModelCalls model) {
    List<Layer> layers = new ArrayList<>();
    model.others().forEach((name, calls) -> add(List.of(name), calls, model, layers));
    return layers;
  }

  /** Adds the layers that the scopes inside the calls show, and those inside them. */
  void addInside(
      List<String> around, List<TracedCall> parents, ModelCalls model, List<Layer> layers) {
    LayerNames known = names.inside(around);
    Map<String, List<TracedCall>> inside = new LinkedHashMap<>();
    for (TracedCall parent : parents) {
      if (callTensors.recurrence(parent).isEmpty()) {
        scopes
            .inside(parent, known)
            .layers()
            .forEach(
                (name, tracedCalls) ->
                    inside.computeIfAbsent(name, key -> new ArrayList<>()).addAll(tracedCalls));
      }
    }
    if (around.isEmpty()) {
      // Scopes that hold several calls of the model each, and functions, may take turns.
      inside
          .values()
          .forEach(calls -> calls.sort(Comparator.comparingInt(call -> call.region().at(0))));
      inside.values().forEach(calls -> calls.removeIf(model::isBeside));
      model.beside().keySet().stream()
          .filter(path -> path.size() == 1)
          .forEach(path -> inside.computeIfAbsent(path.get(0), key -> new ArrayList<>()));
    }
    inside.forEach(
        (name, tracedCalls) -> {
          List<String> path = TopologyLevel.append(around, name);
          List<TracedCall> all =
              Stream.concat(tracedCalls.stream(), model.beside(path).stream()).toList();
          if (!all.isEmpty()) {
            add(path, all, model, layers);
          }
        });
  }

  private void add(
      List<String> path, List<TracedCall> tracedCalls, ModelCalls model, List<Layer> layers) {
    layers.add(
        new Layer(
            path,
            Layer.NO_INDEX,
            "",
            op(tracedCalls),
            layerCalls.of(tracedCalls),
            parameters(path, tracedCalls)));
    addInside(path, tracedCalls, model, layers);
  }

  /** The op that does the layer's work. */
  String op(List<TracedCall> tracedCalls) {
    return tracedCalls.isEmpty()
        ? ""
        : MainOp.of(tracedCalls.get(0).region(), callTensors.graph(), variables);
  }

  /** Keras 3 names variables by all layers around them, other rules do not always. */
  private long parameters(List<String> path, List<TracedCall> tracedCalls) {
    List<Region> regions = tracedCalls.stream().map(TracedCall::region).toList();
    return rule instanceof NamingRule.Keras3
        ? variables.parameterCountOf(path, regions)
        : variables.parameterCount(regions);
  }
}
