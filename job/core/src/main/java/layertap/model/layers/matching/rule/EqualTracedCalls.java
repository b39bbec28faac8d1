package layertap.model.layers.matching.rule;

import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * Calls that take the same give the same, so where nothing tells them apart, any of their traced
 * calls has the values of each: the first one will do.
 */
record EqualTracedCalls(TracedCallChoice choice) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (TracedCallChoice.isWanted(call, facts) && facts.knowsInputs(call)) {
      choice.takingInOrder(call, facts).stream()
          .findFirst()
          .ifPresent(traced -> facts.take(call, traced));
    }
  }

  @Override
  public boolean isLastResort() {
    return true;
  }
}
