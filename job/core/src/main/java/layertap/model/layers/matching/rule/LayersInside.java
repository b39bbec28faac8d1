package layertap.model.layers.matching.rule;

import java.util.Optional;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;
import layertap.model.layers.matching.TracedLayers;

/**
 * A call of a model that is found in the graph, or of which it is certain that it left no ops,
 * shows the calls of the layers inside: the model inside takes and gives what the call does.
 */
record LayersInside(TracedLayers tracedLayers) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    if (!call.isModel() || facts.isOpen(call)) {
      return;
    }
    Optional<TracedCall> traced = facts.tracedCall(call);
    boolean leftNothing = !call.traced().hasOps() && !call.traced().isInconclusive();
    if (traced.isPresent() || leftNothing) {
      facts.open(call, tracedLayers.inside(call, traced));
    }
  }
}
