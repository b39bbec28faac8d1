package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.model.layers.call.CallSplitter;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.scope.LayerNames;

/**
 * Tells the calls of a model apart that stand in one scope of Keras 2, as those that a signature
 * makes of it do.
 *
 * <pre>
 *   grown/dense  grown/act  grown/dense  grown/act     two calls: the topology has each layer once
 *   grown/dense  grown/dense                           one or two, if dense may run its op twice
 *   grown/dense  mul  grown/dense                      two: a call is traced without a break
 * </pre>
 */
final class ModelSplitter {
  private final ScopedLayers scopes;
  private final ScopeReadings readings;
  private final GraphIndex graph;

  ModelSplitter(ScopedLayers scopes, ScopeReadings readings, GraphIndex graph) {
    this.scopes = scopes;
    this.readings = readings;
    this.graph = graph;
  }

  /**
   * The calls of a model.
   *
   * @param calls in the order in which they were traced
   * @param areCertain whether there can be no more of them
   */
  record Split(List<TracedCall> calls, boolean areCertain) {}

  /** The calls that stand in the scope of the traced call, as it is where they cannot be told. */
  Split split(TracedCall call, Topology topology) {
    if (!scopes.shareScopes()) {
      return new Split(List.of(call), true);
    }
    List<List<TracedCall>> layers = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    Map<String, List<TracedCall>> inside = inside(call, topology);
    for (Topology.Element layer : topology.layers()) {
      if (inside.containsKey(layer.name()) && !layer.calls().isEmpty()) {
        layers.add(inside.get(layer.name()));
        counts.add(layer.calls().size());
      }
    }
    // Each call of the model calls each layer that leaves ops.
    int most =
        IntStream.range(0, layers.size())
            .map(i -> mostCalls(layers.get(i)) / counts.get(i))
            .map(count -> Math.max(1, count))
            .min()
            .orElse(1);
    List<List<TracedCall>> fitting =
        CallSplitter.repetitions(call, most, graph)
            .filter(parts -> parts.stream().allMatch(part -> fits(part, topology)))
            .toList();
    if (fitting.isEmpty()) {
      return new Split(List.of(call), most == 1);
    }
    List<TracedCall> finest = fitting.get(fitting.size() - 1);
    boolean isTold =
        IntStream.range(0, layers.size())
            .anyMatch(i -> areCounted(layers.get(i), finest.size() * counts.get(i)));
    return fitting.size() == 1 || isTold || areApart(finest)
        ? new Split(finest, true)
        : new Split(fitting.get(0), false);
  }

  private int mostCalls(List<TracedCall> runs) {
    return runs.stream().mapToInt(readings::mostCalls).sum();
  }

  private boolean areCounted(List<TracedCall> runs, int count) {
    return runs.stream().allMatch(run -> readings.callCount(run).isPresent())
        && mostCalls(runs) == count;
  }

  /** Whether no layer has more calls in the part than the topology says. */
  private boolean fits(TracedCall part, Topology topology) {
    Map<String, List<TracedCall>> inside = inside(part, topology);
    return topology.layers().stream()
        .allMatch(
            layer -> inside.getOrDefault(layer.name(), List.of()).size() <= layer.calls().size());
  }

  private Map<String, List<TracedCall>> inside(TracedCall call, Topology topology) {
    return scopes.inside(call, LayerNames.of(topology)).layers();
  }

  /** Whether something else was traced between all of them. */
  private static boolean areApart(List<TracedCall> parts) {
    for (int i = 1; i < parts.size(); i++) {
      int last = parts.get(i - 1).region().at(parts.get(i - 1).region().size() - 1);
      if (parts.get(i).region().at(0) == last + 1) {
        return false;
      }
    }
    return true;
  }
}
