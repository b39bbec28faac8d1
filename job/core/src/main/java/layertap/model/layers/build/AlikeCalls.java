package layertap.model.layers.build;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.SolvedCall;

/**
 * Finds out what a call of a layer gives from other calls of the layer, of which that is known:
 * where both ran the same ops in the same order, the n-th node of the one corresponds to the n-th
 * of the other.
 */
final class AlikeCalls {
  private final CallTensors callTensors;
  private final GraphIndex graph;
  private final Region region;
  private final List<TensorId> inputs;
  private final Map<TensorId, TensorId> leavingAs = new HashMap<>();
  private final Map<Integer, TensorId> outputs = new TreeMap<>();
  private final Set<Integer> unknownOutputs = new HashSet<>();

  /**
   * Prepares for a call.
   *
   * @param inputs that enter it, in whatever order
   */
  AlikeCalls(CallTensors callTensors, TracedCall call, List<TensorId> inputs) {
    this.callTensors = callTensors;
    this.graph = callTensors.graph();
    this.region = call.region();
    this.inputs = inputs;
    callTensors.exits(call).forEach(exit -> leavingAs.putIfAbsent(callTensors.source(exit), exit));
  }

  /** Notes what another call gives; nothing if its ops are not the same. */
  void add(SolvedCall other) {
    if (other.tracedCall() == null || !isAlike(other.tracedCall().region())) {
      return;
    }
    unknownOutputs.addAll(other.unknownOutputs());
    other
        .outputs()
        .forEach(
            (position, tensor) ->
                alike(tensor, other)
                    .ifPresentOrElse(
                        own -> outputs.putIfAbsent(position, own),
                        () -> unknownOutputs.add(position)));
  }

  /** Whether a call that is alike gives any. */
  boolean hasOutputs() {
    return !outputs.isEmpty() || !unknownOutputs.isEmpty();
  }

  /** By Keras' positions. */
  Map<Integer, TensorId> outputs() {
    return outputs;
  }

  /** Positions of outputs of which the tensor is not known. */
  Set<Integer> unknownOutputs() {
    Set<Integer> positions = new HashSet<>(unknownOutputs);
    positions.removeAll(outputs.keySet());
    return positions;
  }

  private boolean isAlike(Region other) {
    if (other.size() != region.size()) {
      return false;
    }
    for (int i = 0; i < region.size(); i++) {
      String op = graph.node(region.at(i)).getOp();
      if (!op.equals(graph.node(other.at(i)).getOp()) || !takesAlike(i, other)) {
        return false;
      }
    }
    return true;
  }

  private boolean takesAlike(int i, Region other) {
    int[] own = graph.sources(region.at(i));
    int[] others = graph.sources(other.at(i));
    for (int k = 0; k < own.length && own.length == others.length; k++) {
      boolean isInside = region.contains(own[k]);
      boolean isSame = isInside ? other.contains(others[k]) : !other.contains(others[k]);
      if (!isSame || (isInside && region.indexOf(own[k]) != other.indexOf(others[k]))) {
        return false;
      }
    }
    return own.length == others.length;
  }

  /** What stands for another call's output: the result of the same op, or what is handed on. */
  private Optional<TensorId> alike(TensorId output, SolvedCall other) {
    TensorId source = callTensors.source(output);
    Region others = other.tracedCall().region();
    int position = graph.require(source.node());
    if (others.contains(position)) {
      String node = graph.node(region.at(others.indexOf(position))).getName();
      TensorId own = new TensorId(node, source.index());
      return Optional.of(leavingAs.getOrDefault(callTensors.source(own), own));
    }
    boolean isHandedOn =
        other.inputsAreKnown()
            && other.inputs().size() == 1
            && inputs.size() == 1
            && callTensors.source(other.inputs().get(0)).equals(source);
    return isHandedOn ? Optional.of(inputs.get(0)) : Optional.empty();
  }
}
