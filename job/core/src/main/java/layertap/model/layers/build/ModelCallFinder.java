package layertap.model.layers.build;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.model.layers.Region;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.Scope;
import layertap.model.layers.scope.Variables;

/**
 * Finds the calls of the model itself: the scopes that hold most of its layers, or the whole graph.
 *
 * <pre>
 *   def serve(x):                        scopes of the graph
 *     scores = model(x)                    cnn/conv1, cnn/head    a call of the model
 *     mirrored = model(flip(x))            cnn/conv1, cnn/head    another
 *     embedding = model.layers[0](-x)      conv1                  a call of its layer beside it
 * </pre>
 */
final class ModelCallFinder {
  private final NamingRule rule;
  private final DataFlow flow;
  private final ScopedLayers scopes;
  private final ScopedLayers outermost;
  private final Variables variables;
  private final TracedCall whole;
  private final boolean isOfKeras;

  /**
   * Prepares for a graph.
   *
   * @param isOfKeras whether the file holds a Keras model, its root or a part of it
   * @param functionCalls names of the calls that were inlined
   */
  ModelCallFinder(
      NamingRule rule,
      DataFlow flow,
      ScopedLayers scopes,
      Variables variables,
      Set<String> functionCalls,
      boolean isOfKeras) {
    this.isOfKeras = isOfKeras;
    this.rule = rule;
    this.flow = flow;
    this.scopes = scopes;
    this.variables = variables;
    this.outermost =
        new ScopedLayers(rule instanceof NamingRule.Keras2 ? new NamingRule.Plain() : rule, flow);
    Region allNodes = new Region(IntStream.range(0, flow.graph().size()).toArray());
    this.whole = new TracedCall(Scope.tree(flow.graph(), functionCalls), allNodes);
  }

  /** A scope that may be the model's, and how many of its layers are called there. */
  private record Candidate(String name, TracedCall call, int layerCount) {}

  /** What a search of the scopes finds. */
  private record Found(List<Candidate> candidates, List<TracedCall> containers) {}

  /**
   * Finds them.
   *
   * @param names of the model's layers
   * @param modelName its own name; empty if nothing tells it
   */
  ModelCalls find(LayerNames names, String modelName) {
    Found found = new Found(new ArrayList<>(), new ArrayList<>());
    search(whole, names, modelName, found);
    List<Candidate> best = best(found.candidates, names);
    Map<Set<Integer>, List<Candidate>> models =
        best.stream()
            .collect(
                groupingBy(
                    candidate -> variables.readBy(candidate.call.region()),
                    LinkedHashMap::new,
                    toList()));
    List<List<Candidate>> groups = new ArrayList<>(models.values());
    if (groups.size() > 1) {
      groups.removeIf(group -> !group.get(0).name.equals(modelName));
    }
    CallsBeside besides = new CallsBeside(scopes, flow.graph(), variables, names, isOfKeras);
    if (groups.size() != 1) {
      List<String> rivals = best.stream().map(Candidate::name).distinct().toList();
      return besides.find("", List.of(whole), found.containers, rivals);
    }
    String name = groups.get(0).get(0).name;
    List<TracedCall> calls = groups.get(0).stream().map(Candidate::call).toList();
    parts(found.candidates, calls).stream()
        .filter(part -> !found.containers.contains(part))
        .forEach(found.containers::add);
    ModelCalls model = besides.find(name, calls, found.containers, List.of());
    boolean isCertain = !names.isUnknown() || model.others().isEmpty();
    return isCertain ? model : besides.find("", List.of(whole), found.containers, List.of());
  }

  /** Models made of layers of the model: what they call are calls of its layers. */
  private List<TracedCall> parts(List<Candidate> candidates, List<TracedCall> model) {
    Set<Integer> read = variables.readBy(model.get(0).region());
    return candidates.stream()
        .map(Candidate::call)
        .filter(call -> !model.contains(call))
        .filter(call -> read.containsAll(variables.readBy(call.region())))
        .toList();
  }

  /** Notes scopes that may be the model's, and those that hold others but are no layer's. */
  private void search(TracedCall container, LayerNames names, String modelName, Found found) {
    found.containers.add(container);
    outermost
        .inside(container, LayerNames.UNKNOWN)
        .layers()
        .forEach(
            (name, calls) -> {
              for (TracedCall call : calls) {
                int layerCount = layerCount(call, names);
                if (layerCount > 0 && !isLayer(name, call, names, modelName)) {
                  found.candidates.add(new Candidate(name, call, layerCount));
                }
                boolean mayHoldCalls =
                    rule instanceof NamingRule.Keras2
                        && !names.isUnknown()
                        && !names.isPartOfName(name);
                if (mayHoldCalls) {
                  search(call, names, modelName, found);
                }
              }
            });
    if (rule instanceof NamingRule.Keras3) {
      container.scope().opened().stream()
          .flatMap(this::scopesOfCode)
          .map(scope -> new TracedCall(scope, scope.region().intersect(container.region())))
          .filter(call -> flow.hasActivations(call.region()))
          .forEach(call -> search(call, names, modelName, found));
    }
  }

  /** The scopes inside that user code opened. */
  private Stream<Scope> scopesOfCode(Scope opened) {
    return opened.children().stream()
        .filter(child -> !child.isOp() && rule.layerName(child, opened).isEmpty());
  }

  /** How many of the model's layers are called directly in the call. */
  private int layerCount(TracedCall call, LayerNames names) {
    Stream<String> inside = scopes.inside(call, names).layers().keySet().stream();
    return names.isUnknown()
        ? (scopes.areOfKeras() ? (int) inside.count() : 0)
        : (int) inside.filter(names::contains).count();
  }

  /** Whether the scope is a layer's, a model inside perhaps, rather than that of the model. */
  private boolean isLayer(String name, TracedCall call, LayerNames names, String modelName) {
    if (names.isUnknown()) {
      return variables.readBy(call.region()).stream()
          .anyMatch(handle -> variables.standsInside(handle, name));
    }
    if (!names.contains(name)) {
      return false;
    }
    LayerNames inside = names.inside(List.of(name));
    int layerCount = layerCount(call, names);
    boolean holdsMore = inside.isUnknown() || layerCount > layerCount(call, inside);
    // A model without a name may have that of one of its layers.
    boolean mayBeModel =
        modelName.isEmpty() ? layerCount > layerCount(whole, names) : name.equals(modelName);
    return !(holdsMore && mayBeModel);
  }

  /** Those that hold most layers, if the graph itself does not hold more. */
  private List<Candidate> best(List<Candidate> candidates, LayerNames names) {
    int most = candidates.stream().mapToInt(Candidate::layerCount).max().orElse(0);
    if (!names.isUnknown() && layerCount(whole, names) > most) {
      return List.of();
    }
    if (names.isUnknown()) {
      return candidates.size() == 1 ? candidates : List.of();
    }
    return candidates.stream().filter(candidate -> candidate.layerCount == most).toList();
  }
}
