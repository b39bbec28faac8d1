package layertap.model.layers;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import layertap.graph.TensorId;

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
    boolean areCounted = call.sites.all.size() == call.element.calls().size();
    if (call.site != null || call.sites.free.isEmpty() || !areCounted) {
      return Optional.empty();
    }
    Set<TensorId> known = new LinkedHashSet<>();
    boolean areKnown = true;
    for (Wire wire : call.inputs) {
      wire.tensor().map(ports::source).ifPresent(known::add);
      areKnown &= wire.tensor().isPresent();
    }
    if (!areKnown) {
      return last(call, known);
    }
    List<CallSite> fitting =
        call.sites.free.stream().filter(site -> sources(site).equals(known)).toList();
    List<CallSite> inOrder =
        fitting.stream()
            .filter(ports::entriesAreOrdered)
            .filter(site -> List.copyOf(sources(site)).equals(List.copyOf(known)))
            .toList();
    // Of calls that take the same tensors in the same order any gives the same.
    List<CallSite> sure = fitting.size() == 1 ? fitting : inOrder;
    if (sure.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(unclaimed(sure, call, calls));
  }

  /** All other calls of the layer have their sites: what is left is this call's. */
  private Optional<CallSite> last(TopologyCall call, Set<TensorId> known) {
    CallSite last = call.sites.free.get(0);
    if (call.sites.free.size() > 1 || !sources(last).containsAll(known)) {
      return Optional.empty();
    }
    return Optional.of(last);
  }

  /** Calls that take the same differ by where their outputs go. */
  private CallSite unclaimed(List<CallSite> sites, TopologyCall call, List<TopologyCall> calls) {
    Set<TensorId> wanted = outputs(call);
    Set<TensorId> claimed = new HashSet<>();
    calls.stream()
        .filter(other -> other != call && other.sites == call.sites)
        .forEach(other -> claimed.addAll(outputs(other)));
    List<CallSite> own =
        sites.stream()
            .filter(site -> ports.exits(site).stream().anyMatch(wanted::contains))
            .toList();
    List<CallSite> free =
        sites.stream()
            .filter(site -> ports.exits(site).stream().noneMatch(claimed::contains))
            .toList();
    return Stream.of(own, free, sites).flatMap(List::stream).findFirst().orElseThrow();
  }

  private static Set<TensorId> outputs(TopologyCall call) {
    Set<TensorId> found = new HashSet<>();
    call.outputs.values().forEach(wire -> found.addAll(wire.found()));
    return found;
  }

  private Set<TensorId> sources(CallSite site) {
    Set<TensorId> sources = new LinkedHashSet<>();
    ports.entries(site).forEach(tensor -> sources.add(ports.source(tensor)));
    return sources;
  }
}
