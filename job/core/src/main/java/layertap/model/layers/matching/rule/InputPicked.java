package layertap.model.layers.matching.rule;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.KerasTensor;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * A layer without ops returns one of its inputs, as whatever it did to them would be an op; which,
 * is certain if all of them are one tensor.
 */
record InputPicked() implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    boolean mayPick =
        call.element().isLayer()
            && !call.isModel()
            && !call.traced().hasOps()
            && !call.traced().isInconclusive();
    if (mayPick && areOne(call.inputs(), facts)) {
      facts.same(facts.output(call, 0), call.inputs().get(0));
    }
  }

  private static boolean areOne(List<KerasTensor> tensors, Facts facts) {
    Set<KerasTensor> unknowns = new HashSet<>();
    Set<TensorId> values = new HashSet<>();
    for (KerasTensor tensor : tensors) {
      unknowns.add(facts.representative(tensor));
      facts.value(tensor).ifPresent(values::add);
    }
    boolean areKnown = tensors.stream().allMatch(facts::isKnown);
    return unknowns.size() == 1 || (areKnown && values.size() == 1);
  }
}
