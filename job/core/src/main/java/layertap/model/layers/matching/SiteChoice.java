package layertap.model.layers.matching;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallSite;
import layertap.model.layers.call.SitePorts;

/** Chooses which of a layer's sites in the graph is the one of a call, where that is certain. */
final class SiteChoice {
  private final SitePorts ports;

  SiteChoice(SitePorts ports) {
    this.ports = ports;
  }

  /**
   * The site of a call.
   *
   * @param calls all that are known so far
   * @return empty if it has one, or as long as nothing tells
   */
  Optional<CallSite> choose(TopologyCall call, List<TopologyCall> calls) {
    if (!isOpen(call)) {
      return Optional.empty();
    }
    if (!call.inputs.stream().allMatch(wire -> wire.tensor().isPresent())) {
      return last(call);
    }
    List<CallSite> inOrder = inOrder(call, calls);
    return inOrder.size() == 1
        ? Optional.of(inOrder.get(0))
        : byOutputs(inOrder.isEmpty() ? fitting(call) : inOrder, call, calls);
  }

  /**
   * One of several sites that give the same, because they take the same, and that nothing tells
   * apart.
   */
  Optional<CallSite> chooseAny(TopologyCall call, List<TopologyCall> calls) {
    boolean isKnown = call.inputs.stream().allMatch(wire -> wire.tensor().isPresent());
    return isOpen(call) && isKnown ? inOrder(call, calls).stream().findFirst() : Optional.empty();
  }

  private static boolean isOpen(TopologyCall call) {
    boolean areCounted = call.sites.all.size() == call.element.calls().size();
    return call.site == null && !call.sites.free.isEmpty() && areCounted;
  }

  /** All other calls of the layer have their sites: what is left is this call's. */
  private Optional<CallSite> last(TopologyCall call) {
    CallSite last = call.sites.free.get(0);
    return call.sites.free.size() == 1 && taken(last).containsAll(inputs(call))
        ? Optional.of(last)
        : Optional.empty();
  }

  /** Free sites that take what the call takes, in whatever order. */
  private List<CallSite> fitting(TopologyCall call) {
    Set<TensorId> inputs = new LinkedHashSet<>(inputs(call));
    return call.sites.free.stream().filter(site -> taken(site).equals(inputs)).toList();
  }

  /** Free sites that take what the call takes, in the same order; none where no order is told. */
  private List<CallSite> inOrder(TopologyCall call, List<TopologyCall> calls) {
    List<CallSite> fitting = fitting(call);
    List<TensorId> inputs = inputs(call);
    boolean isOrderFree =
        fitting.size() <= 1
            || calls.stream()
                .filter(other -> other.sites == call.sites && other.site == null)
                .allMatch(other -> isTold(other, inputs));
    return isOrderFree
        ? fitting
        : fitting.stream()
            .filter(site -> ports.operands(site, call.element).equals(Optional.of(inputs)))
            .toList();
  }

  /** Whether the call takes the same tensors in the same order, or others. */
  private boolean isTold(TopologyCall other, List<TensorId> inputs) {
    List<TensorId> others = inputs(other);
    return others.size() == other.inputs.size()
        && (others.equals(inputs) || !Set.copyOf(others).equals(Set.copyOf(inputs)));
  }

  /** Calls that take the same differ by where their outputs go. */
  private Optional<CallSite> byOutputs(
      List<CallSite> sites, TopologyCall call, List<TopologyCall> calls) {
    Set<TensorId> own = outputs(call);
    Set<TensorId> others = new HashSet<>();
    calls.stream()
        .filter(other -> other != call && other.sites == call.sites)
        .forEach(other -> others.addAll(outputs(other)));
    List<CallSite> giving = sites.stream().filter(site -> gives(site, own)).toList();
    List<CallSite> left = sites.stream().filter(site -> !gives(site, others)).toList();
    List<CallSite> sure = giving.isEmpty() ? left : giving;
    return sure.size() == 1 ? Optional.of(sure.get(0)) : Optional.empty();
  }

  private boolean gives(CallSite site, Set<TensorId> tensors) {
    return ports.exits(site).stream().map(ports::source).anyMatch(tensors::contains);
  }

  private Set<TensorId> outputs(TopologyCall call) {
    Set<TensorId> found = new HashSet<>();
    call.outputs.values().stream()
        .flatMap(wire -> wire.found().stream())
        .map(ports::source)
        .forEach(found::add);
    return found;
  }

  /** What the call takes, in order, as far as it is known. */
  private List<TensorId> inputs(TopologyCall call) {
    return call.inputs.stream().flatMap(wire -> wire.tensor().stream()).map(ports::source).toList();
  }

  private Set<TensorId> taken(CallSite site) {
    Set<TensorId> sources = new LinkedHashSet<>();
    ports.entries(site).forEach(tensor -> sources.add(ports.source(tensor)));
    return sources;
  }
}
