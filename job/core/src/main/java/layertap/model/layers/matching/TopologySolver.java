package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallSite;
import layertap.model.layers.call.CallSplitter;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.SitePorts;
import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.Topology.Reference;
import layertap.model.layers.matching.TopologyCall.Sites;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.Variables;

/**
 * Finds for each call of a topology its place and its tensors in the graph. What a scope shows
 * decides where it can; the rest follows from the joints: an output is what the next layer takes, a
 * layer without ops passes its input on, a shared layer's calls differ in what they take.
 */
public final class TopologySolver {
  private final ScopedLayers scopes;
  private final Variables variables;
  private final SitePorts ports;
  private final JointInference joints;
  private final SiteChoice choice;
  private final List<TopologyCall> calls = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  public TopologySolver(ScopedLayers scopes, SitePorts ports, Variables variables) {
    this.scopes = scopes;
    this.variables = variables;
    this.ports = ports;
    this.joints = new JointInference(ports);
    this.choice = new SiteChoice(ports);
  }

  /**
   * Solves for the whole model.
   *
   * @param inputs tensors that the model's inputs are known to be, by name of the InputLayer
   * @param outputs tensors that the model's outputs are known to be, by position
   */
  public void solve(
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
    List<Wire> returned = add(topology, List.of(), List.of(), Optional.of(model), taken);
    outputs.forEach(
        (position, tensor) -> {
          if (position < returned.size()) {
            returned.get(position).set(tensor);
          }
        });
    settle();
    JointCheck check = new JointCheck(calls, ports);
    for (TopologyCall call : List.copyOf(calls)) {
      if (call.isUnlocatedModel()) {
        calls.addAll(TopologyLevel.unlocated(call));
      }
      if (call.inputs.stream().anyMatch(this::isContradicted) || check.takesAnother(call)) {
        problems.add("layer '" + call.path() + "' takes another tensor in the graph");
      }
      if (call.outputs.values().stream().anyMatch(this::isContradicted)) {
        problems.add("layer '" + call.path() + "' gives another tensor in the graph");
      }
    }
  }

  /** Whether several tensors were found of which one does not merely hand on the other. */
  private boolean isContradicted(Wire wire) {
    return wire.found().stream().map(ports::source).distinct().count() > 1;
  }

  /** What in the graph contradicts the topology; empty if nothing does. */
  public List<String> problems() {
    return problems;
  }

  /**
   * Adds the calls inside a call of a model.
   *
   * @param site of the model's call; empty if it left no ops
   * @return what the model gives
   */
  private List<Wire> add(
      Topology topology,
      List<String> around,
      List<Integer> numbers,
      Optional<CallSite> site,
      List<Wire> inputs) {
    TopologyLevel level =
        TopologyLevel.of(topology, around, numbers, sitesInside(topology, around, site), inputs);
    level.calls().forEach(this::begin);
    return level.returned();
  }

  private Map<String, Sites> sitesInside(
      Topology topology, List<String> around, Optional<CallSite> site) {
    LayerNames names = LayerNames.of(topology);
    ScopedLayers.Inside inside =
        site.map(model -> scopes.inside(model, names)).orElse(ScopedLayers.Inside.NOTHING);
    inside.layers().keySet().stream()
        .filter(name -> !names.contains(name))
        .map(name -> String.join("/", TopologyLevel.append(around, name)))
        .forEach(path -> problems.add("the graph has a layer '" + path + "'"));
    Map<String, Sites> sites = new HashMap<>();
    for (Topology.Element element : topology.layers()) {
      String name = element.name();
      boolean givesConstants =
          !element.isIdentity()
              && (inside.constant().contains(name) || variables.areReadElsewhere(name));
      sites.put(
          name,
          new Sites(
              CallSplitter.split(
                  inside.layers().getOrDefault(name, List.of()),
                  element.calls().size(),
                  ports.graph()),
              givesConstants || names.isContested(name)));
    }
    return sites;
  }

  private void begin(TopologyCall call) {
    calls.add(call);
    if (call.element.isInput()) {
      return;
    }
    if (!call.hasOps() && call.sites.areUntold) {
      call.outputsAreSet = true;
      return;
    }
    if (!call.hasOps() && BuiltinLayers.alwaysHasOps(call.element)) {
      problems.add("the graph has no layer '" + call.path() + "'");
    }
    if (!call.hasOps() && call.element.nested() != null) {
      addInside(call);
      return;
    }
    boolean mayHandOn = call.element.isIdentity() || !call.hasOps();
    if (mayHandOn && call.inputs.size() == 1 && call.element.isLayer()) {
      call.output(0).join(call.inputs.get(0));
    }
    if (mayHandOn) {
      call.outputsAreSet = true;
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
        progress |=
            assignIf(call, choice.choose(call, calls))
                | trySetOutputs(call)
                | joints.tryFollowConsumer(call);
      }
      progress = progress || tryAssignAny();
    }
  }

  private void assign(TopologyCall call, CallSite site) {
    call.site = site;
    call.sites.free.remove(site);
    if (call.element.nested() != null) {
      addInside(call);
    }
  }

  private void addInside(TopologyCall call) {
    List<Wire> returned =
        add(
            call.element.nested(),
            call.names,
            call.numbers,
            Optional.ofNullable(call.site),
            call.inputs);
    for (int i = 0; i < returned.size(); i++) {
      returned.get(i).join(call.output(i));
    }
    call.outputsAreSet = true;
  }

  private boolean assignIf(TopologyCall call, Optional<CallSite> site) {
    site.ifPresent(found -> assign(call, found));
    return site.isPresent();
  }

  /** Where nothing else is told any more, some call whose sites all give the same gets one. */
  private boolean tryAssignAny() {
    for (TopologyCall call : calls) {
      Optional<CallSite> site = choice.chooseAny(call, calls);
      if (site.isPresent()) {
        assign(call, site.get());
        return true;
      }
    }
    return false;
  }

  private boolean trySetOutputs(TopologyCall call) {
    if (call.outputsAreSet || call.site == null) {
      return joints.tryPick(call);
    }
    call.outputsAreSet = true;
    List<TensorId> inOrder = ports.outputsInOrder(call.site, call.element).orElse(List.of());
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
    List<TensorId> ends = inOrder.isEmpty() ? ports.ends(call.site) : List.of();
    if (ends.size() == 1 && BuiltinLayers.computes(call.element)) {
      call.output(0).set(ends.get(0));
    }
    return false;
  }

  /** The calls by names of their layer, in the order of the topology. */
  public Map<List<String>, List<TopologyCall>> byNames() {
    Map<List<String>, List<TopologyCall>> byNames = new LinkedHashMap<>();
    calls.forEach(call -> byNames.computeIfAbsent(call.names, key -> new ArrayList<>()).add(call));
    byNames.values().forEach(Collections::sort);
    return byNames;
  }
}
