package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.flow.MergeOperands;
import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.scope.LayerNames;
import org.tensorflow.proto.DataType;

/** Tensors that enter and leave call sites; remembers what it has found. */
public final class SitePorts {
  private final DataFlow flow;
  private final ScopedLayers scopes;
  private final RecurrenceFinder recurrences;
  private final LayerFunctions functions;
  private final Map<CallSite, Set<TensorId>> entries = new HashMap<>();
  private final Map<CallSite, Optional<Recurrence>> found = new HashMap<>();

  public SitePorts(
      DataFlow flow, ScopedLayers scopes, RecurrenceFinder recurrences, LayerFunctions functions) {
    this.flow = flow;
    this.scopes = scopes;
    this.recurrences = recurrences;
    this.functions = functions;
  }

  public GraphIndex graph() {
    return flow.graph();
  }

  /** Whether the node's outputs depend on what is fed. */
  public boolean isActive(int position) {
    return flow.isActive(position);
  }

  public Set<TensorId> entries(CallSite site) {
    return entries.computeIfAbsent(site, key -> new LinkedHashSet<>(flow.entries(key.region())));
  }

  /** What the layer takes, in Keras' order and as often as it takes it, if its ops tell that. */
  public Optional<List<TensorId>> operands(CallSite site, Topology.Element layer) {
    return BuiltinLayers.mergesInOrder(layer)
        ? MergeOperands.of(site.region(), entries(site), graph()).map(this::sources)
        : Optional.empty();
  }

  /** What nobody takes of what the site computes. */
  public List<TensorId> ends(CallSite site) {
    return flow.ends(site.region());
  }

  /**
   * What leaves the site. In a Keras model a layer whose tensors nobody takes hands none on: it
   * adds a loss ({@code ActivityRegularization}).
   */
  public List<TensorId> exits(CallSite site) {
    List<TensorId> taken = flow.exits(site.region());
    return taken.isEmpty() && !scopes.areOfKeras() ? flow.ends(site.region()) : taken;
  }

  /** Where a tensor was computed, before identities handed it on. */
  public TensorId source(TensorId tensor) {
    return flow.source(tensor);
  }

  public Optional<Recurrence> recurrence(CallSite site) {
    return found.computeIfAbsent(site, recurrences::find);
  }

  /**
   * What a layer returns of which no topology tells, by Keras' positions, if the graph tells them.
   */
  public Optional<List<TensorId>> outputsInOrder(CallSite site) {
    List<TensorId> exits = exits(site);
    return mayBeMask(exits) ? Optional.empty() : outputsInOrder(site, exits, null);
  }

  /** What the layer returns, by Keras' positions, if the graph tells them. */
  public Optional<List<TensorId>> outputsInOrder(CallSite site, Topology.Element layer) {
    List<TensorId> exits = exits(site);
    return mayBeMask(exits) && !BuiltinLayers.isFunction(layer)
        ? Optional.empty()
        : outputsInOrder(site, exits, layer.returned());
  }

  private Optional<List<TensorId>> outputsInOrder(
      CallSite site, List<TensorId> exits, Topology.Returned returned) {
    Recurrence recurrence = recurrence(site).orElse(null);
    if (recurrence != null && returned != null) {
      Optional<List<TensorId>> outputs = recurrence.outputs(returned);
      if (outputs.isPresent() && outputs.get().containsAll(sources(exits))) {
        return outputs.map(tensors -> preferExits(tensors, exits));
      }
    }
    if (recurrence != null) {
      return recurrence.outputs(sources(exits)).map(outputs -> preferExits(outputs, exits));
    }
    if (exits.size() == 1) {
      return Optional.of(exits);
    }
    List<TensorId> leaving = sources(exits);
    return functions
        .outputs(site, graph())
        .filter(outputs -> outputs.containsAll(leaving))
        .or(() -> bidirectional(site, leaving))
        .map(outputs -> preferExits(outputs, exits));
  }

  /** In Keras 2 a layer that hands on what it takes may still compute a mask in its scope. */
  private boolean mayBeMask(List<TensorId> exits) {
    return scopes.shareScopes()
        && !exits.isEmpty()
        && exits.stream().allMatch(tensor -> graph().type(tensor) == DataType.DT_BOOL);
  }

  /**
   * A Bidirectional layer: the merged output, or that of the forward and that of the backward
   * layer, then, if it returns them, the states of both.
   */
  private Optional<List<TensorId>> bidirectional(CallSite site, List<TensorId> leaving) {
    List<Recurrence> directions = new ArrayList<>();
    for (String prefix : List.of("forward_", "backward_")) {
      scopes
          .inside(site, LayerNames.UNKNOWN)
          .layers()
          .forEach(
              (name, sites) -> {
                if (name.startsWith(prefix) && sites.size() == 1) {
                  recurrence(sites.get(0)).ifPresent(directions::add);
                }
              });
    }
    if (directions.size() != 2) {
      return Optional.empty();
    }
    List<TensorId> states = new ArrayList<>(directions.get(0).states());
    states.addAll(directions.get(1).states());
    List<TensorId> merged = leaving.stream().filter(tensor -> !states.contains(tensor)).toList();
    List<TensorId> outputs = new ArrayList<>(merged);
    if (merged.size() == 2) {
      Collection<TensorId> forward = directions.get(0).named().values();
      Collection<TensorId> backward = directions.get(1).named().values();
      outputs.removeIf(tensor -> !forward.contains(tensor));
      merged.stream().filter(tensor -> !forward.contains(tensor)).forEach(outputs::add);
      if (outputs.size() != 2
          || forward.contains(outputs.get(1))
          || backward.contains(outputs.get(0))) {
        return Optional.empty();
      }
    } else if (merged.size() != 1) {
      return Optional.empty();
    }
    if (merged.size() < leaving.size()) {
      outputs.addAll(states);
    }
    return Optional.of(outputs);
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
