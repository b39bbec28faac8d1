package layertap.model.layers.matching.rule;

import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/** A layer of one input that does nothing at inference, as its class tells, returns that input. */
record InputHandedOn() implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    boolean isInconclusive = !call.traced().hasOps() && call.traced().isInconclusive();
    boolean handsOn = call.element().isIdentity() && call.element().isLayer() && !isInconclusive;
    if (handsOn && call.inputs().size() == 1) {
      facts.same(facts.output(call, 0), call.inputs().get(0));
    }
  }
}
