package layertap.model.layers.matching.rule;

import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/** A layer that is called once and was traced once was traced by that call: there is no other. */
record OnlyTracedCall() implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    boolean isOnly = call.isCounted() && call.element().calls().size() == 1;
    if (isOnly && !call.element().isInput() && facts.tracedCall(call).isEmpty()) {
      facts.take(call, call.traced().calls().get(0));
    }
  }
}
