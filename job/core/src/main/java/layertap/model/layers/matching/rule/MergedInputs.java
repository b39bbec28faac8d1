package layertap.model.layers.matching.rule;

import java.util.List;
import java.util.Optional;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.KerasTensor;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * The ops of Keras' own merging layers, and those of operators, take the inputs in order and each
 * of them, so the n-th operand is the n-th input. An operator has no scope of its own: what it
 * gives tells its op.
 */
record MergedInputs(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    List<Optional<TensorId>> operands =
        facts
            .tracedCall(call)
            .flatMap(traced -> callTensors.operands(traced, call.element()))
            .map(merged -> merged.stream().map(Optional::of).toList())
            .orElseGet(() -> ofOperator(call, facts));
    for (int i = 0; operands.size() == call.inputs().size() && i < operands.size(); i++) {
      KerasTensor input = call.inputs().get(i);
      if (!facts.isKnown(input)) {
        operands.get(i).ifPresent(operand -> facts.know(input, operand, Facts.Teller.TAKER));
      }
    }
  }

  private List<Optional<TensorId>> ofOperator(TopologyCall call, Facts facts) {
    return Optional.ofNullable(facts.outputs(call).get(0))
        .flatMap(facts::value)
        .map(result -> callTensors.operands(result, call.element()))
        .orElse(List.of());
  }
}
