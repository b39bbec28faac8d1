package layertap.model.layers.call;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.flow.MergeOperands;
import layertap.model.layers.flow.OperatorOperands;
import layertap.model.layers.flow.OperatorOperands.TracedOperator;
import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.scope.LayerNames;
import org.tensorflow.proto.DataType;

/**
 * Tensors that enter and leave traced calls; remembers what it has found. Not thread-safe.
 *
 * <p>What enters is an entry, what leaves an exit; both as somebody takes them, which may be behind
 * identities.
 */
public final class CallTensors {
  private final DataFlow flow;
  private final ScopedLayers scopes;
  private final RecurrenceFinder recurrences;
  private final LayerFunctions functions;
  private final BidirectionalOutputs bidirectional;
  private final Map<TracedCall, Set<TensorId>> entries = new HashMap<>();
  private final Map<TracedCall, List<TensorId>> exits = new HashMap<>();
  private final Map<TracedCall, Optional<List<TensorId>>> outputs = new HashMap<>();
  private final Map<TracedCall, Optional<Recurrence>> found = new HashMap<>();

  /**
   * For the layers of a model.
   *
   * @param scopes the layers by their scopes
   * @param recurrences finds the sequences and states of recurrent layers
   * @param functions what Keras saved of layers
   */
  public CallTensors(
      DataFlow flow, ScopedLayers scopes, RecurrenceFinder recurrences, LayerFunctions functions) {
    this.flow = flow;
    this.scopes = scopes;
    this.recurrences = recurrences;
    this.functions = functions;
    this.bidirectional = new BidirectionalOutputs(scopes, this::recurrence);
  }

  /** The flat graph. */
  public GraphIndex graph() {
    return flow.graph();
  }

  /** Whether the node's outputs depend on what is fed. */
  public boolean isActive(int position) {
    return flow.isActive(position);
  }

  /** What enters the traced call, each tensor once, in the order of its ops. */
  public Set<TensorId> entries(TracedCall tracedCall) {
    return entries.computeIfAbsent(
        tracedCall, key -> new LinkedHashSet<>(flow.entries(key.region())));
  }

  /** What the layer takes, in Keras' order and as often as it takes it, if its ops tell that. */
  public Optional<List<TensorId>> operands(TracedCall tracedCall, Topology.Element layer) {
    return BuiltinLayers.mergesInOrder(layer)
        ? MergeOperands.of(tracedCall.region(), entries(tracedCall), graph()).map(this::sources)
        : Optional.empty();
  }

  /**
   * What an operator takes, in order, as far as its op tells that.
   *
   * @param result what it gives
   */
  public List<Optional<TensorId>> operands(TensorId result, Topology.Element operator) {
    return BuiltinLayers.isOperation(operator)
        ? OperatorOperands.of(operator.className(), result, graph(), flow::isActive)
        : List.of();
  }

  /**
   * The op of an operator, if one alone may be its own.
   *
   * @param operands in order, where they are computed; one at least is known
   * @param nodes of the model that stand in no layer
   */
  public Optional<TracedOperator> tracedOperator(
      Topology.Element operator, List<Optional<TensorId>> operands, Region nodes) {
    return OperatorOperands.find(operator.className(), operands, nodes, flow);
  }

  /** What nobody takes of what the traced call computes. */
  public List<TensorId> ends(TracedCall tracedCall) {
    return flow.ends(tracedCall.region());
  }

  /**
   * What a layer of a Keras model computes and nobody takes: it may return that, too. What a layer
   * inside computes counts if that gives nothing else; a recurrent one leaves states. Numbers of
   * floating point only: functions of TensorFlow leave sizes, masks and positions that nobody
   * takes. Nor does a layer that gives something computed of values return what depends on sizes
   * alone: Keras 3 leaves zeros in a Bidirectional layer.
   */
  public List<TensorId> untaken(TracedCall tracedCall) {
    if (!scopes.areOfKeras()) {
      return List.of();
    }
    Set<TensorId> given = new HashSet<>(sources(exits(tracedCall)));
    boolean givesValues = given.stream().anyMatch(flow::isOfValues);
    List<Region> giving =
        scopes.inside(tracedCall, LayerNames.UNKNOWN).layers().values().stream()
            .flatMap(List::stream)
            .filter(call -> !flow.exits(call.region()).isEmpty())
            .map(TracedCall::region)
            .toList();
    return ends(tracedCall).stream()
        .filter(end -> Dtype.isFloat(graph().type(end)))
        .filter(end -> !given.contains(source(end)))
        .filter(end -> !givesValues || flow.isOfValues(end))
        .filter(end -> giving.stream().noneMatch(in -> in.contains(graph().require(end.node()))))
        .toList();
  }

  /**
   * What leaves the traced call. In a Keras model a layer whose tensors nobody takes hands none on:
   * it adds a loss ({@code ActivityRegularization}).
   */
  public List<TensorId> exits(TracedCall tracedCall) {
    return exits.computeIfAbsent(tracedCall, this::findExits);
  }

  private List<TensorId> findExits(TracedCall tracedCall) {
    List<TensorId> taken = flow.exits(tracedCall.region());
    return taken.isEmpty() && !scopes.areOfKeras() ? flow.ends(tracedCall.region()) : taken;
  }

  /** How many calls of the layer the ops are, where a function that Keras 2 saved of it tells. */
  OptionalInt callCount(TracedCall tracedCall) {
    return functions.callCount(tracedCall, graph());
  }

  /** Where a tensor was computed, before identities handed it on. */
  public TensorId source(TensorId tensor) {
    return flow.source(tensor);
  }

  /** The sequences and states of a call of a recurrent layer; empty for one of another layer. */
  public Optional<Recurrence> recurrence(TracedCall tracedCall) {
    return found.computeIfAbsent(tracedCall, recurrences::find);
  }

  /**
   * What a layer returns of which no topology tells, by Keras' positions, if the graph tells them.
   */
  public Optional<List<TensorId>> outputsInOrder(TracedCall tracedCall) {
    List<TensorId> exits = exits(tracedCall);
    return mayBeMask(exits) ? Optional.empty() : outputsInOrder(tracedCall, exits, null);
  }

  /**
   * What the layer returns, by Keras' positions, if the graph tells them.
   *
   * @param layer of which the traced call is one
   */
  public Optional<List<TensorId>> outputsInOrder(TracedCall tracedCall, Topology.Element layer) {
    return outputs.computeIfAbsent(tracedCall, key -> findOutputs(key, layer));
  }

  private Optional<List<TensorId>> findOutputs(TracedCall tracedCall, Topology.Element layer) {
    List<TensorId> exits = exits(tracedCall);
    return mayBeMask(exits) && !BuiltinLayers.isFunction(layer)
        ? Optional.empty()
        : outputsInOrder(tracedCall, exits, layer.returned());
  }

  private Optional<List<TensorId>> outputsInOrder(
      TracedCall tracedCall, List<TensorId> exits, Topology.Returned returned) {
    Recurrence recurrence = recurrence(tracedCall).orElse(null);
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
        .outputs(tracedCall, graph())
        .filter(outputs -> outputs.containsAll(leaving))
        .or(() -> bidirectional.inOrder(tracedCall, leaving))
        .map(outputs -> preferExits(outputs, exits));
  }

  /** In Keras 2 a layer that hands on what it takes may still compute a mask in its scope. */
  private boolean mayBeMask(List<TensorId> exits) {
    return scopes.shareScopes()
        && !exits.isEmpty()
        && exits.stream().allMatch(tensor -> graph().type(tensor) == DataType.DT_BOOL);
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
