package layertap.model.layers.matching.rule;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.KerasTensor;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * If all inputs of a call are known but one, and one tensor enters its region besides the known
 * ones, that tensor is the last input.
 */
record LastUnknownInput(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    facts.tracedCall(call).ifPresent(traced -> know(call, traced, facts));
  }

  private void know(TopologyCall call, TracedCall traced, Facts facts) {
    Set<KerasTensor> unknown = new HashSet<>();
    Set<TensorId> values = new HashSet<>();
    for (KerasTensor input : call.inputs()) {
      facts.value(input).ifPresent(values::add);
      if (!facts.isKnown(input)) {
        unknown.add(facts.representative(input));
      }
    }
    Set<TensorId> entering = new LinkedHashSet<>(callTensors.entries(traced));
    entering.removeIf(tensor -> values.contains(callTensors.source(tensor)));
    if (unknown.size() == 1 && entering.size() == 1) {
      facts.know(unknown.iterator().next(), entering.iterator().next(), Facts.Teller.TAKER);
    }
  }
}
