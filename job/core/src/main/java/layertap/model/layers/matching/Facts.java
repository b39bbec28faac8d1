package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import layertap.graph.TensorId;
import layertap.model.layers.call.TracedCall;

/**
 * What is known of the calls and Keras tensors of a topology while it is matched to a graph.
 *
 * <p>Invariant: a Keras tensor only becomes known, it never changes; a traced call is taken by at
 * most one call; two values for one Keras tensor are both kept, and mean that the topology is
 * another model's. What is known of Keras tensors alone is {@link TensorFacts}.
 *
 * <p>Not thread-safe.
 */
public final class Facts {
  /** Who tells which tensor a Keras tensor is. The first names it as its selectors do. */
  public enum Teller {
    /** The signature of the model. */
    SIGNATURE,
    /** The layer that gives it. */
    GIVER,
    /** A layer that takes it. */
    TAKER
  }

  private final TensorFacts tensors;
  private final List<TopologyLevel> levels = new ArrayList<>();
  private final List<TopologyCall> calls = new ArrayList<>();
  private final Map<TopologyCall, Map<Integer, KerasTensor>> outputs = new HashMap<>();
  private final Map<TracedLayer, List<TopologyCall>> callsOf = new HashMap<>();
  private final Map<TopologyCall, TopologyLevel> levelOf = new HashMap<>();
  private final Map<TopologyCall, TracedCall> taken = new HashMap<>();
  private final Set<TopologyCall> opened = new HashSet<>();
  private final Set<TopologyCall> changed = new LinkedHashSet<>();

  /** Of Keras tensors of models inside: what is the same outside, or further inside. */
  private final Map<KerasTensor, KerasTensor> passedOn = new HashMap<>();

  /** By representative. */
  private final Map<KerasTensor, Set<TopologyCall>> callsWith = new HashMap<>();

  /**
   * Starts with nothing.
   *
   * @param source where a tensor was computed, before identities handed it on
   */
  public Facts(UnaryOperator<TensorId> source) {
    this.tensors = new TensorFacts(source);
  }

  /** Adds the calls inside a call of a model. */
  void add(TopologyLevel level) {
    levels.add(level);
    for (TopologyCall call : level.calls()) {
      calls.add(call);
      levelOf.put(call, level);
      callsOf.computeIfAbsent(call.traced(), key -> new ArrayList<>()).add(call);
      outputs.put(call, new TreeMap<>(call.outputs()));
      call.inputs().forEach(tensor -> note(tensor, call));
      call.outputs().values().forEach(tensor -> note(tensor, call));
      changed.add(call);
    }
  }

  private void note(KerasTensor tensor, TopologyCall call) {
    callsWith.computeIfAbsent(representative(tensor), key -> new LinkedHashSet<>()).add(call);
  }

  /** Adds the calls inside the call of a model, which take and give what that call does. */
  public void open(TopologyCall model, TopologyLevel level) {
    if (!opened.add(model)) {
      throw new IllegalStateException("the call of '%s' is open".formatted(model.path()));
    }
    add(level);
    for (int i = 0; i < Math.min(level.taken().size(), model.inputs().size()); i++) {
      same(level.taken().get(i), model.inputs().get(i));
      passedOn.put(level.taken().get(i), model.inputs().get(i));
    }
    for (int i = 0; i < level.returned().size(); i++) {
      same(level.returned().get(i), output(model, i));
      passedOn.put(output(model, i), level.returned().get(i));
    }
  }

  /** What a Keras tensor of a model inside is outside of it, or further inside. */
  Optional<KerasTensor> passedOn(KerasTensor tensor) {
    return Optional.ofNullable(passedOn.get(tensor));
  }

  /** Whether the calls inside the call of a model were added. */
  public boolean isOpen(TopologyCall model) {
    return opened.contains(model);
  }

  /** The calls of models that were added, in order. */
  List<TopologyLevel> levels() {
    return Collections.unmodifiableList(levels);
  }

  /** All calls that were added, in order. */
  List<TopologyCall> calls() {
    return Collections.unmodifiableList(calls);
  }

  /** All calls of the layer inside the same call of its model. */
  public List<TopologyCall> callsOfLayer(TopologyCall call) {
    return Collections.unmodifiableList(callsOf.get(call.traced()));
  }

  /** All calls inside the same call of the model. */
  public List<TopologyCall> callsOfModel(TopologyCall call) {
    return levelOf.get(call).calls();
  }

  /** The traced call that the call takes, if that is known. */
  public Optional<TracedCall> tracedCall(TopologyCall call) {
    return Optional.ofNullable(taken.get(call));
  }

  /** The traced calls of the layer that no call has taken. */
  public List<TracedCall> free(TopologyCall call) {
    List<TracedCall> free = new ArrayList<>(call.traced().calls());
    callsOf.get(call.traced()).forEach(other -> free.remove(taken.get(other)));
    return free;
  }

  /** Says which traced call is the call's. */
  public void take(TopologyCall call, TracedCall tracedCall) {
    if (taken.containsKey(call)) {
      throw new IllegalStateException(
          "the call of '%s' has taken a traced call".formatted(call.path()));
    }
    if (!free(call).contains(tracedCall)) {
      throw new IllegalStateException(
          "the call of '%s' cannot take what another has taken".formatted(call.path()));
    }
    taken.put(call, tracedCall);
    changed.addAll(callsOf.get(call.traced()));
  }

  /** The output at a position, also one that nobody takes. */
  public KerasTensor output(TopologyCall call, int position) {
    return outputs
        .get(call)
        .computeIfAbsent(
            position,
            key -> {
              KerasTensor tensor = new KerasTensor();
              note(tensor, call);
              return tensor;
            });
  }

  /** The outputs by position, as far as somebody takes them or a rule told of them. */
  public Map<Integer, KerasTensor> outputs(TopologyCall call) {
    return Collections.unmodifiableMap(outputs.get(call));
  }

  /** Says that two Keras tensors are the same. */
  public void same(KerasTensor one, KerasTensor other) {
    KerasTensor from = representative(one);
    KerasTensor to = representative(other);
    if (from == to) {
      return;
    }
    tensors.merge(from, to);
    Set<TopologyCall> merged = callsWith.computeIfAbsent(to, key -> new LinkedHashSet<>());
    Optional.ofNullable(callsWith.remove(from)).ifPresent(merged::addAll);
    noteChange(to);
  }

  /** The Keras tensor that stands for all those which are known to be the same as this one. */
  public KerasTensor representative(KerasTensor tensor) {
    return tensors.representative(tensor);
  }

  /** Says which tensor of the graph the Keras tensor is. */
  public void know(KerasTensor tensor, TensorId found, Teller teller) {
    if (tensors.know(tensor, found, teller)) {
      noteChange(representative(tensor));
    }
  }

  private void noteChange(KerasTensor representative) {
    for (TopologyCall call : callsWith.getOrDefault(representative, Set.of())) {
      changed.addAll(callsOf.get(call.traced()));
    }
  }

  /** Where the graph computes the Keras tensor, if that is known. */
  public Optional<TensorId> value(KerasTensor tensor) {
    return values(tensor).stream().findFirst();
  }

  /** Whether {@link #value} is there. */
  public boolean isKnown(KerasTensor tensor) {
    return !values(tensor).isEmpty();
  }

  /** Whether each input of the call is known. */
  public boolean knowsInputs(TopologyCall call) {
    return call.inputs().stream().allMatch(this::isKnown);
  }

  /** All values that were found; more than one contradict each other. */
  public Set<TensorId> values(KerasTensor tensor) {
    return tensors.known(tensor).values();
  }

  /** What is known of a Keras tensor, and who told it. */
  KnownTensor knownTensor(KerasTensor tensor) {
    return tensors.known(tensor);
  }

  /** Whether something became known since a call was last handed out by {@link #nextChanged}. */
  boolean hasChanged() {
    return !changed.isEmpty();
  }

  /** A call of which, or of whose layer, something became known; it counts as seen now. */
  TopologyCall nextChanged() {
    Iterator<TopologyCall> waiting = changed.iterator();
    TopologyCall call = waiting.next();
    waiting.remove();
    return call;
  }
}
