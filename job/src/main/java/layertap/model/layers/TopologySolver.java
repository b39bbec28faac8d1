package layertap.model.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.Topology.Element;
import layertap.model.layers.Topology.Reference;

/**
 * Finds for each call of a topology its place and its tensors in the graph. What a scope shows
 * decides where it can; the rest follows from the joints: an output is what the next layer takes, a
 * layer without ops passes its input on, a shared layer's calls differ in what they take.
 */
final class TopologySolver {
  private final ScopedLayers scopes;
  private final SitePorts ports;
  private final List<TopologyCall> calls = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  TopologySolver(ScopedLayers scopes, SitePorts ports) {
    this.scopes = scopes;
    this.ports = ports;
  }

  /**
   * Solves for the whole model.
   *
   * @param inputs tensors that the model's inputs are known to be, by name of the InputLayer
   * @param outputs tensors that the model's outputs are known to be, by position
   */
  void solve(
      Topology topology,
      CallSite model,
      Map<String, TensorId> inputs,
      Map<Integer, TensorId> outputs) {
    List<Wire> taken = new ArrayList<>();
    for (Reference input : topology.inputs()) {
      Wire wire = new Wire();
      Optional.ofNullable(inputs.get(input.layer())).ifPresent(wire::set);
      taken.add(wire);
    }
    List<Wire> returned = add(topology, "", model, taken);
    outputs.forEach(
        (position, tensor) -> {
          if (position < returned.size()) {
            returned.get(position).set(tensor);
          }
        });
    settle();
    for (TopologyCall call : calls) {
      if (call.inputs.stream().anyMatch(Wire::isContradicted)) {
        problems.add("layer '" + call.path + "' takes another tensor in the graph");
      }
    }
  }

  /** All calls, models before what is in them, in the order of the topology. */
  List<TopologyCall> calls() {
    return calls;
  }

  /** What in the graph contradicts the topology; empty if nothing does. */
  List<String> problems() {
    return problems;
  }

  private List<Wire> add(Topology topology, String prefix, CallSite model, List<Wire> inputs) {
    Map<String, List<CallSite>> sites = scopes.inside(model);
    sites.keySet().stream()
        .filter(name -> topology.layers().stream().noneMatch(e -> e.name().equals(name)))
        .forEach(name -> problems.add("the graph has a layer '" + prefix + name + "'"));
    Map<Reference, Wire> wires = new HashMap<>();
    List<TopologyCall> added = new ArrayList<>();
    for (Element element : topology.layers()) {
      List<CallSite> own = sites.getOrDefault(element.name(), List.of());
      List<CallSite> split = CallSplitter.split(own, element.calls().size(), ports.graph());
      TopologyCall.Sites shared = new TopologyCall.Sites(split);
      for (int i = 0; i < element.calls().size(); i++) {
        List<Wire> taken = element.calls().get(i).stream().map(from -> wire(wires, from)).toList();
        boolean takesModelInput = taken.isEmpty() && topology.isSequential() && !element.isInput();
        TopologyCall call =
            new TopologyCall(
                element, prefix + element.name(), takesModelInput ? inputs : taken, shared);
        added.add(call);
      }
    }
    List<Wire> returned = topology.outputs().stream().map(from -> wire(wires, from)).toList();
    shareOutputs(added, wires);
    for (int i = 0; i < Math.min(inputs.size(), topology.inputs().size()); i++) {
      wire(wires, topology.inputs().get(i)).join(inputs.get(i));
    }
    added.forEach(this::begin);
    return returned;
  }

  private static Wire wire(Map<Reference, Wire> wires, Reference reference) {
    return wires.computeIfAbsent(reference, key -> new Wire());
  }

  private static void shareOutputs(List<TopologyCall> added, Map<Reference, Wire> wires) {
    Map<String, List<TopologyCall>> byLayer = new HashMap<>();
    for (TopologyCall call : added) {
      byLayer.computeIfAbsent(call.element.name(), key -> new ArrayList<>()).add(call);
    }
    wires.forEach(
        (reference, wire) -> {
          List<TopologyCall> calls = byLayer.getOrDefault(reference.layer(), List.of());
          if (reference.call() >= 0 && reference.call() < calls.size()) {
            calls.get(reference.call()).outputs.put(reference.output(), wire);
          }
        });
  }

  private void begin(TopologyCall call) {
    calls.add(call);
    if (call.element.isInput()) {
      return;
    }
    if (!call.hasOps()) {
      if (call.element.isLayer() && BuiltinLayers.alwaysHasOps(call.element.className())) {
        problems.add("the graph has no layer '" + call.path + "'");
      } else if (call.inputs.size() == 1 && call.element.isLayer()) {
        call.output(0).join(call.inputs.get(0));
      }
      call.outputsAreSet = true;
      return;
    }
    if (call.sites.all.size() == 1 && call.element.calls().size() == 1) {
      assign(call, call.sites.all.get(0));
    }
  }

  private void settle() {
    boolean progress = true;
    while (progress) {
      progress = false;
      for (TopologyCall call : List.copyOf(calls)) {
        progress |= tryAssign(call) | trySetOutputs(call) | tryFollowConsumer(call);
      }
    }
  }

  private void assign(TopologyCall call, CallSite site) {
    call.site = site;
    call.sites.free.remove(site);
    if (call.element.nested() == null) {
      return;
    }
    List<Wire> returned = add(call.element.nested(), call.path + "/", site, call.inputs);
    for (int i = 0; i < returned.size(); i++) {
      returned.get(i).join(call.output(i));
    }
    call.outputsAreSet = true;
  }

  private boolean tryAssign(TopologyCall call) {
    if (call.site != null || call.sites.free.isEmpty()) {
      return false;
    }
    Set<TensorId> known = new HashSet<>();
    for (Wire wire : call.inputs) {
      if (wire.tensor().isEmpty()) {
        return false;
      }
      known.add(wire.tensor().get());
    }
    List<CallSite> fitting =
        call.sites.free.stream().filter(site -> ports.entries(site).equals(known)).toList();
    if (fitting.isEmpty()) {
      return false;
    }
    assign(call, fitting.get(0));
    return true;
  }

  private boolean trySetOutputs(TopologyCall call) {
    if (call.outputsAreSet || call.site == null) {
      return false;
    }
    call.outputsAreSet = true;
    List<TensorId> inOrder = ports.outputsInOrder(call.site).orElse(List.of());
    if (inOrder.size() > 1) {
      for (int i = 0; i < inOrder.size(); i++) {
        call.output(i).set(inOrder.get(i));
      }
      return true;
    }
    if (inOrder.size() == 1 && call.outputs.size() <= 1) {
      int position = call.outputs.isEmpty() ? 0 : call.outputs.keySet().iterator().next();
      call.output(position).set(inOrder.get(0));
      return true;
    }
    return false;
  }

  /** If all but one of a layer's inputs are known, what else enters it is the last one. */
  private boolean tryFollowConsumer(TopologyCall call) {
    if (call.site == null || call.element.nested() != null) {
      return false;
    }
    Set<TensorId> entering = new HashSet<>(ports.entries(call.site));
    Set<Wire> unknown = new HashSet<>();
    for (Wire wire : call.inputs) {
      wire.tensor().ifPresentOrElse(entering::remove, () -> unknown.add(wire.root()));
    }
    if (unknown.size() != 1 || entering.size() != 1) {
      return false;
    }
    unknown.iterator().next().set(entering.iterator().next());
    return true;
  }

  /** The calls by path of their layer, in the order of the topology. */
  Map<String, List<TopologyCall>> byPath() {
    Map<String, List<TopologyCall>> byPath = new LinkedHashMap<>();
    calls.forEach(call -> byPath.computeIfAbsent(call.path, key -> new ArrayList<>()).add(call));
    return byPath;
  }
}
