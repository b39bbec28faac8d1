package layertap.model.layers.matching;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.layers.call.SitePorts;

/**
 * Compares the joints of a topology with the graph: a layer takes no layer's tensor but those that
 * the topology joins to it. What stands between layers, a cast, say, is no layer's.
 */
final class JointCheck {
  private final SitePorts ports;
  private final GraphIndex graph;
  private final Map<Integer, List<TopologyCall>> around = new HashMap<>();

  JointCheck(List<TopologyCall> calls, SitePorts ports) {
    this.ports = ports;
    this.graph = ports.graph();
    for (TopologyCall call : calls) {
      if (call.site != null) {
        for (int position : call.site.region().positions()) {
          around.computeIfAbsent(position, key -> new ArrayList<>()).add(call);
        }
      }
    }
  }

  /** Whether the call takes a layer's tensor that the topology gives to others alone. */
  boolean takesAnother(TopologyCall call) {
    if (call.site == null || !call.isJoined()) {
      return false;
    }
    Set<TensorId> seen = new HashSet<>();
    for (Wire wire : call.inputs) {
      wire.tensor().map(ports::source).ifPresent(seen::add);
    }
    Deque<TensorId> waiting = new ArrayDeque<>(ports.entries(call.site));
    while (!waiting.isEmpty()) {
      TensorId tensor = ports.source(waiting.remove());
      if (!seen.add(tensor)) {
        continue;
      }
      int position = graph.require(tensor.node());
      if (isAnothers(position, call.site.region())) {
        return true;
      }
      int[] sources = graph.sources(position);
      for (int i = 0; i < sources.length; i++) {
        if (ports.isActive(sources[i])) {
          waiting.add(graph.inputTensor(position, i));
        }
      }
    }
    return false;
  }

  /** Whether the node belongs to a layer, and not to a model around the region. */
  private boolean isAnothers(int position, Region region) {
    return around.getOrDefault(position, List.of()).stream()
        .anyMatch(call -> !call.site.region().contains(region.at(0)));
  }
}
