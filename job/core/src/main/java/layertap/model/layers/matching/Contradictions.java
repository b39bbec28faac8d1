package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.keras.BuiltinLayers;

/** Tells what in a graph contradicts a topology, once all is known that can be. */
final class Contradictions {
  private final Facts facts;
  private final ConnectionCheck connections;

  Contradictions(Facts facts, CallTensors callTensors) {
    this.facts = facts;
    this.connections = new ConnectionCheck(facts, callTensors);
  }

  /** As parts of a sentence; empty if there are none. */
  List<String> find() {
    List<String> found = new ArrayList<>();
    for (TopologyLevel level : facts.levels()) {
      level.unlisted().forEach(path -> found.add("the graph has a layer '%s'".formatted(path)));
      level.calls().stream()
          .filter(Contradictions::lacksOps)
          .forEach(call -> found.add("the graph has no layer '%s'".formatted(call.path())));
    }
    for (TopologyCall call : facts.calls()) {
      if (isContradicted(call.inputs()) || connections.takesAnother(call)) {
        found.add("layer '%s' takes another tensor in the graph".formatted(call.path()));
      }
      if (isContradicted(facts.outputs(call).values())) {
        found.add("layer '%s' gives another tensor in the graph".formatted(call.path()));
      }
    }
    return found;
  }

  private static boolean lacksOps(TopologyCall call) {
    return !call.traced().hasOps()
        && !call.traced().isInconclusive()
        && BuiltinLayers.alwaysHasOps(call.element());
  }

  private boolean isContradicted(Collection<KerasTensor> tensors) {
    return tensors.stream().anyMatch(tensor -> facts.knownTensor(tensor).isContradicted());
  }
}
