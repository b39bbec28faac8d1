package layertap.model.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;

/** Tensors that enter and leave call sites; remembers what it has found. */
final class SitePorts {
  private static final Set<String> MERGES =
      Set.of("Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum");

  private final DataFlow flow;
  private final RecurrenceFinder recurrences;
  private final Map<CallSite, Set<TensorId>> entries = new HashMap<>();
  private final Map<CallSite, Optional<Recurrence>> found = new HashMap<>();

  SitePorts(DataFlow flow, RecurrenceFinder recurrences) {
    this.flow = flow;
    this.recurrences = recurrences;
  }

  GraphIndex graph() {
    return flow.graph();
  }

  Set<TensorId> entries(CallSite site) {
    return entries.computeIfAbsent(site, key -> new LinkedHashSet<>(flow.entries(key.region())));
  }

  /**
   * Whether the order of use is that of the layer's inputs: one op takes them all ({@code
   * ConcatV2}), or a chain takes one after the other ({@code AddV2} of {@code AddV2}).
   */
  boolean entriesAreOrdered(CallSite site) {
    List<TensorId> inOrder = List.copyOf(entries(site));
    if (inOrder.size() <= 1) {
      return true;
    }
    List<TensorId> merged = new ArrayList<>();
    for (int position : site.region().positions()) {
      List<TensorId> taken = new ArrayList<>(graph().inputTensors(position));
      taken.retainAll(inOrder);
      if (taken.equals(inOrder)) {
        return true;
      }
      if (!taken.isEmpty() && !MERGES.contains(graph().node(position).getOp())) {
        return false;
      }
      merged.addAll(taken);
    }
    return merged.equals(inOrder);
  }

  List<TensorId> exits(CallSite site) {
    return flow.exits(site.region());
  }

  Optional<Recurrence> recurrence(CallSite site) {
    return found.computeIfAbsent(site, recurrences::find);
  }

  /** What the layer returns, by Keras' positions, if the graph alone tells them. */
  Optional<List<TensorId>> outputsInOrder(CallSite site) {
    List<TensorId> exits = exits(site);
    Recurrence recurrence = recurrence(site).orElse(null);
    if (recurrence != null) {
      return recurrence.outputs(sources(exits)).map(outputs -> preferExits(outputs, exits));
    }
    return exits.size() == 1 ? Optional.of(exits) : Optional.empty();
  }

  private List<TensorId> sources(List<TensorId> tensors) {
    return tensors.stream().map(flow::source).toList();
  }

  /** Names a tensor as it leaves the layer, {@code lstm/PartitionedCall:1}, not as it was made. */
  private List<TensorId> preferExits(List<TensorId> outputs, List<TensorId> exits) {
    Map<TensorId, TensorId> leavingAs = new LinkedHashMap<>();
    exits.forEach(exit -> leavingAs.putIfAbsent(flow.source(exit), exit));
    return outputs.stream().map(tensor -> leavingAs.getOrDefault(tensor, tensor)).toList();
  }
}
