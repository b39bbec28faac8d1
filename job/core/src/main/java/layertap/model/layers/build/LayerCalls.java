package layertap.model.layers.build;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.model.layers.LayerCall;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallSite;
import layertap.model.layers.call.Recurrence;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.SitePorts;
import layertap.model.layers.matching.TopologyCall;

/** Describes calls of layers by what is known of their sites. */
final class LayerCalls {
  private final SitePorts ports;
  private final ScopeReadings readings;

  LayerCalls(SitePorts ports, ScopeReadings readings) {
    this.ports = ports;
    this.readings = readings;
  }

  /** A call that a topology names. */
  LayerCall of(TopologyCall call) {
    Map<Integer, TensorId> outputs = new LinkedHashMap<>();
    call.outputs.forEach(
        (position, wire) -> wire.tensor().ifPresent(tensor -> outputs.put(position, tensor)));
    boolean areJoined = call.isJoined();
    List<TensorId> inputs =
        areJoined
            ? call.inputs.stream().flatMap(wire -> wire.tensor().stream()).toList()
            : List.of();
    if (call.site == null) {
      return new LayerCall(
          new Region(new int[0]), inputs, areJoined, outputs, List.of(), Map.of(), List.of());
    }
    List<TensorId> entries = List.copyOf(ports.entries(call.site));
    return new LayerCall(
        call.site.region(),
        areJoined ? inputs : entries,
        areJoined,
        outputs,
        outputs.isEmpty() ? ports.exits(call.site) : List.of(),
        ports.recurrence(call.site).map(Recurrence::named).orElse(Map.of()),
        ports.recurrence(call.site).map(Recurrence::unfolding).orElse(List.of()));
  }

  /**
   * Calls of a layer that only the scopes show. If one of several may be two in truth, their
   * numbers are not known, and none of them tells what it gives.
   */
  List<LayerCall> of(List<CallSite> sites) {
    boolean areCounted = sites.size() == 1 || sites.stream().allMatch(readings::isOneCall);
    return sites.stream().map(site -> of(site, areCounted)).toList();
  }

  private LayerCall of(CallSite site, boolean isCounted) {
    List<TensorId> entering = readings.entries(site);
    List<TensorId> leaving = readings.exits(site);
    Map<Integer, TensorId> outputs =
        isCounted && leaving.size() == ports.exits(site).size() ? outputs(site) : Map.of();
    return new LayerCall(
        site.region(),
        isCounted ? entering : List.of(),
        false /* whether ordered: a layer may use its inputs in any order, or leave out some */,
        outputs,
        outputs.isEmpty() ? leaving : List.of(),
        ports.recurrence(site).map(Recurrence::named).orElse(Map.of()),
        ports.recurrence(site).map(Recurrence::unfolding).orElse(List.of()));
  }

  private Map<Integer, TensorId> outputs(CallSite site) {
    List<TensorId> inOrder = ports.outputsInOrder(site).orElse(List.of());
    if (inOrder.size() == 1 && ports.recurrence(site).isEmpty()) {
      return Map.of(LayerCall.ONLY_OUTPUT, inOrder.get(0));
    }
    Map<Integer, TensorId> outputs = new LinkedHashMap<>();
    inOrder.forEach(tensor -> outputs.put(outputs.size(), tensor));
    return outputs;
  }
}
