package layertap.model.layers.matching.rule;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.KerasTensor;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;
import org.tensorflow.proto.DataType;

/**
 * A call whose traced call is known gives what leaves that region, where the order of what leaves
 * it is known; and where all that it gives is known but one output, that is what else leaves.
 */
record TracedOutputs(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (Computation.isOwn(call)) {
      facts.tracedCall(call).ifPresent(traced -> know(call, traced, facts));
    }
  }

  private void know(TopologyCall call, TracedCall traced, Facts facts) {
    List<TensorId> inOrder = callTensors.outputsInOrder(traced, call.element()).orElse(List.of());
    if (inOrder.size() > 1) {
      for (int i = 0; i < inOrder.size(); i++) {
        facts.know(facts.output(call, i), inOrder.get(i), Facts.Teller.GIVER);
      }
    } else if (inOrder.size() == 1 && facts.outputs(call).size() <= 1) {
      int position = facts.outputs(call).keySet().stream().findFirst().orElse(0);
      facts.know(facts.output(call, position), inOrder.get(0), Facts.Teller.GIVER);
    } else if (facts.outputs(call).size() > 1) {
      knowLast(call, traced, facts);
    }
  }

  /** Whatever leaves is one of the outputs: others take it. A boolean may be a mask. */
  private void knowLast(TopologyCall call, TracedCall traced, Facts facts) {
    Set<KerasTensor> unknown = new HashSet<>();
    Set<TensorId> known = new HashSet<>();
    for (KerasTensor output : facts.outputs(call).values()) {
      known.addAll(facts.values(output));
      if (!facts.isKnown(output)) {
        unknown.add(facts.representative(output));
      }
    }
    Map<TensorId, TensorId> leaving = new LinkedHashMap<>();
    callTensors.exits(traced).forEach(exit -> leaving.putIfAbsent(callTensors.source(exit), exit));
    leaving.keySet().removeAll(known);
    if (unknown.size() == 1 && leaving.size() == 1) {
      TensorId last = leaving.values().iterator().next();
      if (callTensors.graph().type(last) != DataType.DT_BOOL) {
        facts.know(unknown.iterator().next(), last, Facts.Teller.GIVER);
      }
    }
  }
}
