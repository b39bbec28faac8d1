package layertap.model.layers.matching.rule;

import java.util.List;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.matching.Facts;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologyCall;

/**
 * If all other calls of a layer have their traced calls, the one that is left is this call's: the
 * graph shows as many as the topology has. It must take what is known of the call's inputs.
 */
record LastTracedCall(TracedCallChoice choice) implements Rule {
  @Override
  public void conclude(TopologyCall call, Facts facts) {
    List<TracedCall> free = facts.free(call);
    if (TracedCallChoice.isWanted(call, facts)
        && free.size() == 1
        && choice.taken(free.get(0)).containsAll(TracedCallChoice.inputs(call, facts))) {
      facts.take(call, free.get(0));
    }
  }
}
