package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import layertap.model.layers.Region;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.Scope;

/** Finds the call of the model itself: the one scope that holds all layers, or the whole graph. */
final class OutermostCall {
  private final NamingRule rule;
  private final DataFlow flow;
  private final ScopedLayers scopes;

  OutermostCall(NamingRule rule, DataFlow flow, ScopedLayers scopes) {
    this.rule = rule;
    this.flow = flow;
    this.scopes = scopes;
  }

  /**
   * Finds it.
   *
   * @param names of the model's layers
   */
  TracedCall find(LayerNames names) {
    Region allNodes = new Region(IntStream.range(0, flow.graph().size()).toArray());
    TracedCall whole = new TracedCall(Scope.tree(flow.graph()), allNodes);
    List<TracedCall> candidates = new ArrayList<>();
    NamingRule outermost = rule instanceof NamingRule.Keras2 ? new NamingRule.Plain() : rule;
    new ScopedLayers(outermost, flow)
        .inside(whole, LayerNames.UNKNOWN)
        .layers()
        .values()
        .forEach(candidates::addAll);
    boolean isModel =
        candidates.size() == 1
            && scopes.inside(candidates.get(0), names).layers().keySet().stream()
                .anyMatch(name -> names.isUnknown() ? scopes.areOfKeras() : names.contains(name));
    return isModel ? candidates.get(0) : whole;
  }
}
