package layertap.model.layers;

import static java.util.Objects.requireNonNull;

/**
 * One call of a layer as the graph shows it.
 *
 * @param scope in which the call traced its ops; calls of Keras 2 share one
 * @param region the nodes of this call
 */
record CallSite(Scope scope, Region region) {
  CallSite {
    requireNonNull(scope, "scope is null");
    requireNonNull(region, "region is null");
  }
}
