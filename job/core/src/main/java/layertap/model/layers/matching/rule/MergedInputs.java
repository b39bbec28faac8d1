package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * The ops of Keras' own merging layers take the layer's inputs in order and each of them, so the
 * n-th operand is the n-th input.
 */
record MergedInputs(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    List<TensorId> operands =
        facts
            .tracedCall(call)
            .flatMap(traced -> callTensors.operands(traced, call.element()))
            .orElse(List.of());
    for (int i = 0; operands.size() == call.inputs().size() && i < operands.size(); i++) {
      if (!facts.isKnown(call.inputs().get(i))) {
        facts.know(call.inputs().get(i), operands.get(i), Facts.Teller.TAKER);
      }
    }
  }
}
