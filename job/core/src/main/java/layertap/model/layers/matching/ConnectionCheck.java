package layertap.model.layers.matching;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;

/**
 * Compares the connections of a topology with the graph: a layer takes no layer's tensor but those
 * that the topology connects it to. What stands between layers, a cast, say, is no layer's.
 */
final class ConnectionCheck {
  private final Facts facts;
  private final CallTensors callTensors;
  private final GraphIndex graph;
  private final Map<Integer, List<TracedCall>> around = new HashMap<>();

  ConnectionCheck(Facts facts, CallTensors callTensors) {
    this.facts = facts;
    this.callTensors = callTensors;
    this.graph = callTensors.graph();
    for (TopologyCall call : facts.calls()) {
      facts.tracedCall(call).ifPresent(this::noteNodes);
    }
  }

  private void noteNodes(TracedCall tracedCall) {
    for (int position : tracedCall.region().positions()) {
      around.computeIfAbsent(position, key -> new ArrayList<>()).add(tracedCall);
    }
  }

  /** Whether the call takes a layer's tensor that the topology gives to others alone. */
  boolean takesAnother(TopologyCall call) {
    Optional<TracedCall> tracedCall = facts.tracedCall(call);
    if (tracedCall.isEmpty() || call.inputs().isEmpty() || !facts.knowsInputs(call)) {
      return false;
    }
    Region region = tracedCall.get().region();
    Set<TensorId> seen = new HashSet<>();
    call.inputs().forEach(input -> facts.value(input).ifPresent(seen::add));
    Deque<TensorId> waiting = new ArrayDeque<>(callTensors.entries(tracedCall.get()));
    while (!waiting.isEmpty()) {
      TensorId tensor = callTensors.source(waiting.remove());
      if (!seen.add(tensor)) {
        continue;
      }
      int position = graph.require(tensor.node());
      if (isAnothers(position, region)) {
        return true;
      }
      int[] sources = graph.sources(position);
      for (int i = 0; i < sources.length; i++) {
        if (callTensors.isActive(sources[i])) {
          waiting.add(graph.inputTensor(position, i));
        }
      }
    }
    return false;
  }

  /** Whether the node belongs to a layer, and not to a model around the region. */
  private boolean isAnothers(int position, Region region) {
    return around.getOrDefault(position, List.of()).stream()
        .anyMatch(tracedCall -> !tracedCall.region().contains(region.at(0)));
  }
}
