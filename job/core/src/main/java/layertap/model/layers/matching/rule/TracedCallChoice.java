package layertap.model.layers.matching.rule;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.TopologyCall;

/** Compares what calls take with what traced calls take. */
record TracedCallChoice(CallTensors callTensors) {
  /** Whether the call may take one of its layer's traced calls, and has none yet. */
  static boolean isWanted(TopologyCall call, Facts facts) {
    return facts.tracedCall(call).isEmpty() && call.traced().hasOps() && call.isCounted();
  }

  /** Free traced calls that take what the call takes, in whatever order. */
  List<TracedCall> taking(TopologyCall call, Facts facts) {
    Set<TensorId> inputs = new LinkedHashSet<>(inputs(call, facts));
    return facts.free(call).stream().filter(traced -> taken(traced).equals(inputs)).toList();
  }

  /**
   * Free traced calls that take what the call takes, in the same order; none where the order
   * matters and no op tells it.
   */
  List<TracedCall> takingInOrder(TopologyCall call, Facts facts) {
    List<TracedCall> taking = taking(call, facts);
    List<TensorId> inputs = inputs(call, facts);
    boolean isOrderFree =
        taking.size() <= 1
            || facts.callsOfLayer(call).stream()
                .filter(other -> facts.tracedCall(other).isEmpty())
                .allMatch(other -> takesTheSameOrOthers(other, inputs, facts));
    return isOrderFree
        ? taking
        : taking.stream()
            .filter(
                traced -> callTensors.operands(traced, call.element()).equals(Optional.of(inputs)))
            .toList();
  }

  /** Whether the call takes the same tensors in the same order, or others. */
  private static boolean takesTheSameOrOthers(
      TopologyCall other, List<TensorId> inputs, Facts facts) {
    List<TensorId> others = inputs(other, facts);
    return facts.knowsInputs(other)
        && (others.equals(inputs) || !Set.copyOf(others).equals(Set.copyOf(inputs)));
  }

  /** What the call takes, in order, as far as it is known. */
  static List<TensorId> inputs(TopologyCall call, Facts facts) {
    return call.inputs().stream().flatMap(tensor -> facts.value(tensor).stream()).toList();
  }

  /** What the traced call takes. */
  Set<TensorId> taken(TracedCall tracedCall) {
    Set<TensorId> values = new LinkedHashSet<>();
    callTensors.entries(tracedCall).forEach(tensor -> values.add(callTensors.source(tensor)));
    return values;
  }
}
