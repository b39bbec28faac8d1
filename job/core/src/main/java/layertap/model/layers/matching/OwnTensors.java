package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.model.layers.GradientTensors;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;

/**
 * Tells Keras tensors of one value apart, once all is known that can be: one that a layer hands on
 * by an identity is that identity's, one that it hands on as it is has the tensor of its input.
 */
final class OwnTensors {
  private final Facts facts;
  private final CallTensors callTensors;
  private final GraphIndex graph;
  private final Map<KerasTensor, TopologyCall> givers = new HashMap<>();
  private final Map<KerasTensor, List<TopologyCall>> takers = new HashMap<>();
  private final Map<KerasTensor, Optional<TensorId>> found = new HashMap<>();

  /** Of a Keras tensor that is handed on as it is: the one that it is the tensor of. */
  private final Map<KerasTensor, KerasTensor> handedOn = new HashMap<>();

  private final Map<TensorId, List<KerasTensor>> byTensor = new HashMap<>();

  OwnTensors(Facts facts, CallTensors callTensors) {
    this.facts = facts;
    this.callTensors = callTensors;
    this.graph = callTensors.graph();
    for (TopologyCall call : facts.calls()) {
      facts.outputs(call).values().forEach(tensor -> givers.put(tensor, call));
      Set.copyOf(call.inputs())
          .forEach(tensor -> takers.computeIfAbsent(tensor, key -> new ArrayList<>()).add(call));
    }
    for (TopologyCall call : facts.calls()) {
      facts.outputs(call).values().forEach(this::note);
      call.inputs().forEach(this::note);
    }
  }

  private void note(KerasTensor tensor) {
    if (!found.containsKey(tensor)) {
      // Until it is found, it is unknown to what leads back to it.
      found.put(tensor, Optional.empty());
      Optional<TensorId> own = find(tensor);
      found.put(tensor, own);
      own.ifPresent(each -> byTensor.computeIfAbsent(each, key -> new ArrayList<>()).add(tensor));
    }
  }

  /** What is known of a call's tensors. */
  GradientTensors of(TopologyCall call) {
    List<TensorId> inputs =
        call.inputs().stream().flatMap(tensor -> found.get(tensor).stream()).toList();
    Map<Integer, TensorId> outputs = new HashMap<>();
    Set<Integer> ambiguous = new HashSet<>();
    Map<Integer, List<String>> passers = new HashMap<>();
    facts
        .outputs(call)
        .forEach(
            (position, tensor) -> {
              found.get(tensor).ifPresent(own -> outputs.put(position, own));
              if (found.get(tensor).isEmpty() && facts.isKnown(tensor)) {
                ambiguous.add(position);
              }
              Set<String> passing = passers(tensor);
              if (!passing.isEmpty()) {
                passers.put(position, List.copyOf(passing));
              }
            });
    boolean areAll = inputs.size() == call.inputs().size();
    return new GradientTensors(areAll ? inputs : List.of(), outputs, ambiguous, passers);
  }

  private Optional<TensorId> find(KerasTensor tensor) {
    Optional<TensorId> value = facts.value(tensor);
    Set<KerasTensor> seen = new HashSet<>();
    KerasTensor current = tensor;
    while (value.isPresent() && seen.add(current)) {
      Set<TensorId> identities = identities(current, value.get());
      if (!identities.isEmpty()) {
        return identities.size() == 1 ? identities.stream().findFirst() : Optional.empty();
      }
      List<KerasTensor> taken = taken(current);
      if (taken.isEmpty()) {
        break;
      }
      if (taken.size() > 1) {
        return Optional.empty();
      }
      handedOn.put(current, taken.get(0));
      current = taken.get(0);
    }
    return facts.knownTensor(current).computed(named -> graph.require(named.node()));
  }

  /**
   * What the giver of a Keras tensor, or the model around it, hands on; several if it may be any.
   */
  private List<KerasTensor> taken(KerasTensor tensor) {
    Optional<KerasTensor> passed = facts.passedOn(tensor);
    TopologyCall giver = givers.get(tensor);
    if (passed.isPresent() || giver == null) {
      return passed.stream().toList();
    }
    Map<Optional<TensorId>, KerasTensor> candidates = new LinkedHashMap<>();
    for (KerasTensor input : giver.inputs()) {
      if (isSame(input, tensor)) {
        note(input);
        candidates.putIfAbsent(found.get(input), input);
      }
    }
    if (candidates.size() > 1 && !candidates.containsKey(Optional.empty())) {
      Set<TensorId> tensors = new LinkedHashSet<>();
      candidates.keySet().forEach(each -> tensors.add(each.get()));
      retainTakenItself(tensors, tensor);
      candidates.keySet().removeIf(each -> !tensors.contains(each.get()));
    }
    return List.copyOf(candidates.values());
  }

  /**
   * Keeps what those take that take the Keras tensor, and no other of its value; all if none do.
   */
  private void retainTakenItself(Set<TensorId> tensors, KerasTensor tensor) {
    for (TopologyCall taker : takers.getOrDefault(tensor, List.of())) {
      boolean isAlone =
          taker.inputs().stream().allMatch(input -> input == tensor || !isSame(input, tensor));
      Set<TensorId> entering = new HashSet<>();
      facts.tracedCall(taker).map(callTensors::entries).ifPresent(entering::addAll);
      if (isAlone && tensors.stream().anyMatch(entering::contains)) {
        tensors.retainAll(entering);
      }
    }
  }

  private boolean isSame(KerasTensor one, KerasTensor other) {
    return facts.representative(one) == facts.representative(other)
        || (facts.isKnown(one) && facts.value(one).equals(facts.value(other)));
  }

  /** The identities of the giver that the Keras tensor may be. */
  private Set<TensorId> identities(KerasTensor tensor, TensorId value) {
    TopologyCall giver = givers.get(tensor);
    Set<TensorId> identities = new LinkedHashSet<>();
    if (giver == null || giver.isModel() || giver.element().isInput()) {
      return identities;
    }
    for (TracedCall traced : giver.traced().calls()) {
      List<TensorId> leaving = callTensors.exits(traced);
      for (TensorId each : leaving.isEmpty() ? callTensors.ends(traced) : leaving) {
        boolean isHandedOn =
            callTensors.source(each).equals(value)
                && !traced.region().contains(graph.require(value.node()))
                && traced.region().contains(graph.require(each.node()));
        if (isHandedOn) {
          identities.add(each);
        }
      }
    }
    if (identities.size() > 1) {
      takingOps(tensor, new HashSet<>()).forEach(traced -> retainTaken(identities, traced));
    }
    return identities;
  }

  /** Keeps the identities that a taker takes; all of them where it takes none. */
  private void retainTaken(Set<TensorId> identities, TracedCall taker) {
    Set<TensorId> taken = new HashSet<>();
    callTensors.entries(taker).forEach(entry -> taken.addAll(Identities.chain(graph, entry)));
    if (identities.stream().anyMatch(taken::contains)) {
      identities.retainAll(taken);
    }
  }

  /** The traced calls that take a Keras tensor, also from layers without ops that hand it on. */
  private List<TracedCall> takingOps(KerasTensor tensor, Set<KerasTensor> seen) {
    List<TracedCall> taking = new ArrayList<>();
    if (!seen.add(tensor)) {
      return taking;
    }
    for (TopologyCall taker : takers.getOrDefault(tensor, List.of())) {
      Optional<TracedCall> traced = facts.tracedCall(taker);
      traced.ifPresent(taking::add);
      if (traced.isEmpty()) {
        for (KerasTensor given : facts.outputs(taker).values()) {
          taking.addAll(takingOps(given, seen));
        }
      }
    }
    return taking;
  }

  /** The layers that take the tensor that is handed on, and not what the layer gives. */
  private Set<String> passers(KerasTensor tensor) {
    Set<String> passers = new TreeSet<>();
    Optional<TensorId> own = found.get(tensor);
    if (!handedOn.containsKey(tensor) || own.isEmpty()) {
      return passers;
    }
    for (KerasTensor other : byTensor.get(own.get())) {
      if (!isFrom(other, tensor)) {
        takers.getOrDefault(other, List.of()).stream()
            .filter(taker -> !handsOn(taker, own.get()))
            .forEach(taker -> passers.add(taker.path()));
      }
    }
    return passers;
  }

  /** Whether a Keras tensor is its origin, or that handed on further. */
  private boolean isFrom(KerasTensor given, KerasTensor origin) {
    Set<KerasTensor> seen = new HashSet<>();
    KerasTensor current = given;
    while (current != null && current != origin && seen.add(current)) {
      current = handedOn.get(current);
    }
    return current == origin;
  }

  /** Whether takers of what the call gives, or of what is inside, tell who takes the tensor. */
  private boolean handsOn(TopologyCall call, TensorId own) {
    boolean isOpen = call.isModel() && facts.isOpen(call);
    return isOpen
        || facts.outputs(call).values().stream()
            .anyMatch(given -> found.get(given).equals(Optional.of(own)));
  }
}
