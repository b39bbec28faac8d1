package layertap.model.layers.matching.rule;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * Calls that take the same differ in where their outputs go: a traced call that gives what the call
 * gives is the call's, and so is the only one that does not give what others give.
 */
record TracedCallByOutputs(TracedCallChoice choice, CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (!TracedCallChoice.isWanted(call, facts) || !facts.knowsInputs(call)) {
      return;
    }
    List<TracedCall> inOrder = choice.takingInOrder(call, facts);
    List<TracedCall> fitting = inOrder.isEmpty() ? choice.taking(call, facts) : inOrder;
    Set<TensorId> own = outputs(call, facts);
    Set<TensorId> others = new HashSet<>();
    facts.callsOfLayer(call).stream()
        .filter(other -> other != call)
        .forEach(other -> others.addAll(outputs(other, facts)));
    List<TracedCall> giving = fitting.stream().filter(traced -> gives(traced, own)).toList();
    List<TracedCall> left = fitting.stream().filter(traced -> !gives(traced, others)).toList();
    List<TracedCall> certain = giving.isEmpty() ? left : giving;
    if (certain.size() == 1) {
      facts.take(call, certain.get(0));
    }
  }

  private boolean gives(TracedCall tracedCall, Set<TensorId> values) {
    return callTensors.exits(tracedCall).stream()
        .map(callTensors::source)
        .anyMatch(values::contains);
  }

  private static Set<TensorId> outputs(TopologyCall call, Facts facts) {
    Set<TensorId> values = new HashSet<>();
    facts.outputs(call).values().forEach(tensor -> values.addAll(facts.values(tensor)));
    return values;
  }
}
