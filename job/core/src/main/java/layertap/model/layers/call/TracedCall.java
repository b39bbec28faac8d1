package layertap.model.layers.call;

import static java.util.Objects.requireNonNull;

import layertap.model.layers.Region;
import layertap.model.layers.scope.Scope;

/**
 * One call of a layer as the graph shows it.
 *
 * @param scope in which the call traced its ops; calls of Keras 2 share one
 * @param region the nodes of this call
 */
public record TracedCall(Scope scope, Region region) {
  public TracedCall {
    requireNonNull(scope, "scope is null");
    requireNonNull(region, "region is null");
  }
}
