package layertap.model.layers.matching.rule;

import java.util.List;
import java.util.Optional;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.flow.OperatorOperands;
import layertap.model.layers.flow.OperatorOperands.TracedOperator;
import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * An operator traced one op that takes what the operator takes, in order. If one op alone fits what
 * is known of that, among those of the model that stand in no layer, and no other operator or
 * function may have traced it, the operator gives what that op gives.
 */
record OperatorByInputs(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    List<Optional<TensorId>> inputs = inputs(call, facts);
    boolean isAsked =
        BuiltinLayers.isOperation(call.element())
            && inputs.stream().anyMatch(Optional::isPresent)
            && !facts.isKnown(facts.output(call, 0));
    if (!isAsked) {
      return;
    }
    callTensors
        .tracedOperator(call.element(), inputs, call.traced().inNoLayer())
        .filter(op -> isAlone(call, op, facts))
        .ifPresent(op -> facts.know(facts.output(call, 0), op.result(), Facts.Teller.GIVER));
  }

  @Override
  public boolean asksOtherLayers() {
    return true;
  }

  private static boolean isAlone(TopologyCall call, TracedOperator op, Facts facts) {
    return facts.callsOfModel(call).stream()
        .filter(other -> other != call && BuiltinLayers.isOperation(other.element()))
        .noneMatch(other -> mayHaveTraced(other, call, op, facts));
  }

  /** Whether the op may be another operator's or function's. */
  private static boolean mayHaveTraced(
      TopologyCall other, TopologyCall call, TracedOperator op, Facts facts) {
    String className = other.element().className();
    if (!OperatorOperands.mayShare(call.element().className(), className)) {
      return false;
    }
    List<Optional<TensorId>> inputs = inputs(other, facts);
    if (!OperatorOperands.isOperator(className)) {
      return inputs.isEmpty()
          || inputs.stream().anyMatch(input -> input.map(op::takes).orElse(true));
    }
    // What is unknown may depend on no input, and is then none of the op's operands.
    return inputs.size() == op.operands().size()
        ? op.mayTake(inputs)
        : inputs.stream().anyMatch(Optional::isEmpty);
  }

  private static List<Optional<TensorId>> inputs(TopologyCall call, Facts facts) {
    return call.inputs().stream().map(facts::value).toList();
  }
}
