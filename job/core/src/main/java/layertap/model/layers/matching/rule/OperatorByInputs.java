package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.graph.TensorId;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.flow.OperatorOperands;
import layertap.model.layers.keras.BuiltinLayers;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * An operator traced one op that takes what the operator takes. If one op alone does among those of
 * the model that stand in no layer, and no other operator or function takes the same, the operator
 * gives what that op gives.
 */
record OperatorByInputs(CallTensors callTensors) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    boolean isAsked =
        BuiltinLayers.isOperation(call.element())
            && !call.inputs().isEmpty()
            && facts.knowsInputs(call)
            && !facts.isKnown(facts.output(call, 0));
    if (!isAsked) {
      return;
    }
    List<TensorId> inputs = TracedCallChoice.inputs(call, facts);
    boolean isAlone =
        facts.callsOfModel(call).stream()
            .filter(other -> other != call && BuiltinLayers.isOperation(other.element()))
            .noneMatch(other -> mayHaveTraced(other, call, inputs, facts));
    if (isAlone) {
      callTensors
          .result(call.element(), inputs, call.traced().inNoLayer())
          .ifPresent(result -> facts.know(facts.output(call, 0), result, Facts.Teller.GIVER));
    }
  }

  @Override
  public boolean asksOtherLayers() {
    return true;
  }

  /** Whether the op that takes these inputs may be another operator's or function's. */
  private static boolean mayHaveTraced(
      TopologyCall other, TopologyCall call, List<TensorId> inputs, Facts facts) {
    String className = other.element().className();
    if (!OperatorOperands.mayShare(call.element().className(), className)) {
      return false;
    }
    List<TensorId> taken = TracedCallChoice.inputs(other, facts);
    boolean takesTheSame =
        OperatorOperands.isOperator(className)
            ? taken.equals(inputs)
            : taken.isEmpty() || taken.stream().anyMatch(inputs::contains);
    return !facts.knowsInputs(other) || takesTheSame;
  }
}
