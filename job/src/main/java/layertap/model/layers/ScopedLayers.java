package layertap.model.layers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layers that the scopes inside one call show: for each name its calls, in the order in which
 * they were traced.
 */
final class ScopedLayers {
  private final NamingRule rule;
  private final DataFlow flow;

  ScopedLayers(NamingRule rule, DataFlow flow) {
    this.rule = rule;
    this.flow = flow;
  }

  /** The layers called inside {@code parent}, by name, in the order of their first calls. */
  Map<String, List<CallSite>> inside(CallSite parent) {
    Map<String, List<CallSite>> layers = new LinkedHashMap<>();
    for (Scope child : parent.scope().children()) {
      String name = rule.layerName(child, parent.scope()).orElse(null);
      if (name == null) {
        continue;
      }
      for (Region region : runs(child.region().intersect(parent.region()), parent.region())) {
        if (flow.hasActivations(region)) {
          layers.computeIfAbsent(name, key -> new ArrayList<>()).add(new CallSite(child, region));
        }
      }
    }
    return layers;
  }

  /**
   * Splits a scope's nodes where nodes of other scopes were traced between: calls of Keras 2 follow
   * each other in one scope. Elsewhere a scope is a call.
   */
  private List<Region> runs(Region nodes, Region parent) {
    if (nodes.isEmpty()) {
      return List.of();
    }
    if (!(rule instanceof NamingRule.Keras2)) {
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
