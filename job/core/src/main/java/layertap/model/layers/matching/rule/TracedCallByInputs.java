package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * If one of the traced calls that nobody has taken takes what the call takes, and no other does, it
 * is the call's: calls that take the same in the same order are told apart by other rules.
 */
record TracedCallByInputs(TracedCallChoice choice) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (TracedCallChoice.isWanted(call, facts) && facts.knowsInputs(call)) {
      List<TracedCall> fitting = choice.takingInOrder(call, facts);
      if (fitting.size() == 1) {
        facts.take(call, fitting.get(0));
      }
    }
  }
}
