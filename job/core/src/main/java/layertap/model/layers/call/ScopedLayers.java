package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import layertap.model.layers.Region;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.Scope;

/**
 * The layers that the scopes inside one call show: for each name its calls, in the order in which
 * they were traced.
 */
public final class ScopedLayers {
  private final NamingRule rule;
  private final DataFlow flow;

  public ScopedLayers(NamingRule rule, DataFlow flow) {
    this.rule = rule;
    this.flow = flow;
  }

  /** Whether a list of the layers' names tells which scopes are theirs, or Keras 3's suffixes. */
  boolean areListed() {
    return rule instanceof NamingRule.Keras3
        || (rule instanceof NamingRule.Keras2 keras2 && !keras2.names().isEmpty());
  }

  /** Whether all calls of a layer stand in one scope. */
  public boolean shareScopes() {
    return rule instanceof NamingRule.Keras2;
  }

  /** Whether a Keras model traced the graph. */
  public boolean areOfKeras() {
    return !(rule instanceof NamingRule.Plain);
  }

  /**
   * What stands inside one call.
   *
   * @param layers called there with activations, by name, in the order of their first calls
   * @param constant names of layers of which others take what does not depend on any input, as from
   *     one that returns its weights
   */
  public record Inside(Map<String, List<TracedCall>> layers, Set<String> constant) {
    public static final Inside NOTHING = new Inside(Map.of(), Set.of());
  }

  /**
   * Looks inside a call.
   *
   * @param names of the layers there
   */
  public Inside inside(TracedCall parent, LayerNames names) {
    Map<String, List<TracedCall>> layers = new LinkedHashMap<>();
    Set<String> constant = new HashSet<>();
    traced(parent, names)
        .forEach(
            (name, tracedCalls) -> {
              List<TracedCall> active =
                  tracedCalls.stream()
                      .filter(tracedCall -> flow.hasActivations(tracedCall.region()))
                      .toList();
              if (!active.isEmpty()) {
                layers.put(name, active);
              } else if (tracedCalls.stream().map(TracedCall::region).allMatch(flow::isTaken)) {
                constant.add(name);
              }
            });
    return new Inside(layers, constant);
  }

  private Map<String, List<TracedCall>> traced(TracedCall parent, LayerNames names) {
    Map<String, List<TracedCall>> layers = new LinkedHashMap<>();
    List<Scope> opened = parent.scope().opened();
    opened.forEach(scope -> addChildren(scope, parent, names, layers));
    return opened.size() > 1 ? inOrder(layers) : layers;
  }

  private void addChildren(
      Scope scope, TracedCall parent, LayerNames names, Map<String, List<TracedCall>> layers) {
    NamingRule others = names.isPartlyKnown() ? new NamingRule.Plain() : rule;
    for (Scope child : scope.children()) {
      if (rule instanceof NamingRule.Keras3 || !names.isPartOfName(child.name())) {
        others
            .layerName(child, scope)
            .ifPresent(name -> add(name, child, child.region(), parent, layers));
      } else {
        addNamed(child, child.name(), parent, names, layers);
      }
    }
  }

  /** Functions that are called stand behind the scopes beside them, whenever they were called. */
  private static Map<String, List<TracedCall>> inOrder(Map<String, List<TracedCall>> layers) {
    ToIntFunction<TracedCall> first = tracedCall -> tracedCall.region().at(0);
    Map<String, List<TracedCall>> inOrder = new LinkedHashMap<>();
    layers.values().forEach(calls -> calls.sort(Comparator.comparingInt(first)));
    layers.entrySet().stream()
        .sorted(Comparator.comparingInt(layer -> first.applyAsInt(layer.getValue().get(0))))
        .forEach(layer -> inOrder.put(layer.getKey(), layer.getValue()));
    return inOrder;
  }

  /** Adds the layer of exactly that name, and those whose names go on after a slash. */
  private void addNamed(
      Scope scope,
      String name,
      TracedCall parent,
      LayerNames names,
      Map<String, List<TracedCall>> layers) {
    List<String> endings = names.endingsAfter(name);
    if (names.contains(name) && !names.isContested(name)) {
      Region region = scope.region();
      for (String ending : endings) {
        region = scope.descendant(ending).map(Scope::region).map(region::minus).orElse(region);
      }
      add(name, scope, region, parent, layers);
    }
    if (!endings.isEmpty()) {
      scope.children().stream()
          .filter(child -> names.isPartOfName(name + "/" + child.name()))
          .forEach(child -> addNamed(child, name + "/" + child.name(), parent, names, layers));
    }
  }

  private void add(
      String name,
      Scope scope,
      Region nodes,
      TracedCall parent,
      Map<String, List<TracedCall>> layers) {
    Region own = nodes.intersect(parent.region());
    List<TracedCall> calls = layers.computeIfAbsent(name, key -> new ArrayList<>());
    if (rule instanceof NamingRule.Plain && !own.isEmpty()) {
      calls.addAll(CallSplitter.reentered(new TracedCall(scope, own), flow.graph()));
    } else {
      runs(own, parent.region()).forEach(region -> calls.add(new TracedCall(scope, region)));
    }
    if (calls.isEmpty()) {
      layers.remove(name);
    }
  }

  /**
   * Splits a scope's nodes where nodes of other scopes were traced between: calls of Keras 2 follow
   * each other in one scope. Elsewhere a scope is a call.
   */
  private List<Region> runs(Region nodes, Region parent) {
    if (nodes.isEmpty()) {
      return List.of();
    }
    if (!shareScopes()) {
      return List.of(nodes);
    }
    List<Region> runs = new ArrayList<>();
    int start = 0;
    int inParent = parent.indexOf(nodes.at(0));
    for (int i = 1; i <= nodes.size(); i++) {
      inParent++;
      if (i == nodes.size() || parent.at(inParent) != nodes.at(i)) {
        runs.add(nodes.slice(start, i));
        start = i;
        inParent = i < nodes.size() ? parent.indexOf(nodes.at(i)) : inParent;
      }
    }
    return runs;
  }
}
