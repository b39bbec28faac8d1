package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * A call whose traced call is known gives what leaves that region, where the order of what leaves
 * it is known.
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
    }
  }
}
