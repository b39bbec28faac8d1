package layertap.model.layers.matching;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.SitePorts;

/** Finds tensors of a topology's calls from what is known of the tensors beside them. */
final class JointInference {
  private final SitePorts ports;

  JointInference(SitePorts ports) {
    this.ports = ports;
  }

  /** A layer without ops returns one of its inputs: which, is told if they are all the same. */
  boolean tryPick(TopologyCall call) {
    boolean mayPick =
        call.element.isLayer()
            && call.element.nested() == null
            && !call.hasOps()
            && !call.sites.areUntold;
    boolean areKnown = true;
    Set<TensorId> inputs = new HashSet<>();
    for (Wire wire : call.inputs) {
      wire.tensor().map(ports::source).ifPresent(inputs::add);
      areKnown &= !wire.found().isEmpty();
    }
    boolean areSame = call.inputs.stream().map(Wire::root).distinct().count() == 1;
    if (!mayPick
        || !(areSame || (areKnown && inputs.size() == 1))
        || call.output(0).root() == call.inputs.get(0).root()) {
      return false;
    }
    call.output(0).join(call.inputs.get(0));
    return true;
  }

  /** What a layer takes tells tensors that were not known. */
  boolean tryFollowConsumer(TopologyCall call) {
    return call.site != null && (tryOperands(call) || tryLastInput(call));
  }

  /** Keras' own merging layers take their inputs in order, and each. */
  private boolean tryOperands(TopologyCall call) {
    List<TensorId> operands = ports.operands(call.site, call.element).orElse(List.of());
    if (operands.size() != call.inputs.size()) {
      return false;
    }
    boolean hasFound = false;
    for (int i = 0; i < operands.size(); i++) {
      Wire wire = call.inputs.get(i);
      if (wire.found().isEmpty()) {
        wire.set(operands.get(i));
        hasFound = true;
      }
    }
    return hasFound;
  }

  /** If all but one of a layer's inputs are known, what else enters it is the last one. */
  private boolean tryLastInput(TopologyCall call) {
    Set<TensorId> entering = new LinkedHashSet<>(ports.entries(call.site));
    Set<Wire> unknown = new HashSet<>();
    for (Wire wire : call.inputs) {
      if (wire.found().isEmpty()) {
        unknown.add(wire.root());
      }
      wire.tensor()
          .map(ports::source)
          .ifPresent(known -> entering.removeIf(tensor -> ports.source(tensor).equals(known)));
    }
    if (unknown.size() != 1 || entering.size() != 1) {
      return false;
    }
    unknown.iterator().next().set(entering.iterator().next());
    return true;
  }
}
