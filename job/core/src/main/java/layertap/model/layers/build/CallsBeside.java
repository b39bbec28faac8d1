package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.Variables;

/**
 * Finds calls that a signature makes of a model's layers beside those of the model: {@code
 * model.layers[0](-x)}. A scope of the layer's name that reads the layer's variables is one.
 */
final class CallsBeside {
  private static final int MAX_DEPTH = 64;

  private final ScopedLayers scopes;
  private final GraphIndex graph;
  private final Variables variables;
  private final LayerNames names;
  private final boolean isOfKeras;

  CallsBeside(
      ScopedLayers scopes,
      GraphIndex graph,
      Variables variables,
      LayerNames names,
      boolean isOfKeras) {
    this.isOfKeras = isOfKeras;
    this.scopes = scopes;
    this.graph = graph;
    this.variables = variables;
    this.names = names;
  }

  /**
   * Finds them.
   *
   * @param name of the model's scope; empty if the whole graph is the model
   * @param calls of the model
   * @param containers the whole graph, and scopes in it that may hold calls beside these
   * @param rivals models of which each may be meant
   */
  ModelCalls find(
      String name, List<TracedCall> calls, List<TracedCall> containers, List<String> rivals) {
    boolean isWhole = name.isEmpty();
    Map<List<String>, List<TracedCall>> known = new LinkedHashMap<>();
    Map<List<String>, List<TracedCall>> beside = new LinkedHashMap<>();
    Map<String, List<TracedCall>> others = new LinkedHashMap<>();
    if (!isOfKeras) {
      return new ModelCalls(name, calls, beside, others, rivals);
    }
    collect(List.of(), calls, names, known);
    List<TracedCall> inner = containers.subList(1, containers.size());
    for (TracedCall container : containers) {
      boolean isModel = isWhole && container == calls.get(0);
      scopes
          .inside(container, names)
          .layers()
          .forEach(
              (layer, found) -> {
                for (TracedCall call : found) {
                  if (!isWhole && isCovered(call, calls)) {
                    continue;
                  }
                  List<List<String>> layers = layers(layer, call, known, isModel);
                  for (List<String> path : layers) {
                    beside.computeIfAbsent(path, key -> new ArrayList<>()).add(call);
                  }
                  if (layers.isEmpty() && !isModel && !isCovered(call, inner)) {
                    others.computeIfAbsent(layer, key -> new ArrayList<>()).add(call);
                  }
                }
              });
    }
    // Scopes, and functions that hold others, may take turns.
    Comparator<TracedCall> asTraced = Comparator.comparingInt(call -> call.region().at(0));
    beside.values().forEach(found -> found.sort(asTraced));
    others.values().forEach(found -> found.sort(asTraced));
    return new ModelCalls(name, calls, beside, others, rivals);
  }

  private static boolean isCovered(TracedCall call, List<TracedCall> others) {
    return others.stream().anyMatch(other -> ModelCalls.covers(other, call));
  }

  /** The layers of which it may be a call. */
  private List<List<String>> layers(
      String name, TracedCall call, Map<List<String>, List<TracedCall>> known, boolean isOfModel) {
    if (isOfModel && !names.isUnknown()) {
      return List.of();
    }
    List<List<String>> twins = new ArrayList<>();
    known.forEach(
        (path, calls) -> {
          boolean isItself = isCovered(call, calls);
          boolean isNamed = path.get(path.size() - 1).equals(name);
          if (isNamed && !isItself && isSame(calls.get(0), call)) {
            twins.add(path);
          }
        });
    List<String> top = List.of(name);
    if (twins.contains(top) || (names.contains(name) && !known.containsKey(top))) {
      return List.of(top);
    }
    return twins;
  }

  /** Whether both are calls of one layer: they read the same variables, or run the same ops. */
  private boolean isSame(TracedCall one, TracedCall other) {
    Set<Integer> read = variables.readBy(one.region());
    return read.equals(variables.readBy(other.region()))
        && (!read.isEmpty() || ops(one).equals(ops(other)));
  }

  private List<String> ops(TracedCall call) {
    List<String> ops = new ArrayList<>();
    for (int position : call.region().positions()) {
      ops.add(graph.node(position).getOp());
    }
    return ops;
  }

  /** The layers inside the calls, and those inside them. */
  private void collect(
      List<String> around,
      List<TracedCall> parents,
      LayerNames inner,
      Map<List<String>, List<TracedCall>> known) {
    if (around.size() > MAX_DEPTH) {
      return;
    }
    Map<String, List<TracedCall>> inside = new LinkedHashMap<>();
    for (TracedCall parent : parents) {
      scopes
          .inside(parent, inner)
          .layers()
          .forEach(
              (name, calls) ->
                  inside.computeIfAbsent(name, key -> new ArrayList<>()).addAll(calls));
    }
    inside.forEach(
        (name, calls) -> {
          List<String> path = TopologyLevel.append(around, name);
          known.put(path, calls);
          collect(path, calls, inner.inside(List.of(name)), known);
        });
  }
}
