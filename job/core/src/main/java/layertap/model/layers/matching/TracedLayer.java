package layertap.model.layers.matching;

import java.util.List;
import layertap.model.layers.Region;
import layertap.model.layers.call.TracedCall;

/**
 * A layer inside one call of its model, as the graph shows it. Compared by identity: two layers may
 * have left the same, nothing.
 */
public final class TracedLayer {
  private final List<TracedCall> calls;
  private final boolean isInconclusive;
  private final Region inNoLayer;

  /**
   * Makes a traced layer.
   *
   * @param calls that the graph shows
   * @param isInconclusive whether the layer's ops cannot be told from another's, or it gives what
   *     depends on no input
   * @param inNoLayer nodes of its model that stand in no layer; operators have no scopes of their
   *     own
   */
  TracedLayer(List<TracedCall> calls, boolean isInconclusive, Region inNoLayer) {
    this.calls = List.copyOf(calls);
    this.isInconclusive = isInconclusive;
    this.inNoLayer = inNoLayer;
  }

  /** Makes a traced layer of a model whose nodes all stand in layers. */
  public TracedLayer(List<TracedCall> calls, boolean isInconclusive) {
    this(calls, isInconclusive, new Region(new int[0]));
  }

  /** Nodes of its model that stand in no layer. */
  public Region inNoLayer() {
    return inNoLayer;
  }

  /** The calls that the graph shows. */
  public List<TracedCall> calls() {
    return calls;
  }

  /** Whether it left ops that depend on what is fed. */
  public boolean hasOps() {
    return !calls.isEmpty();
  }

  /**
   * Whether nothing is to be concluded from its having no ops: they cannot be told from another
   * layer's, or what it gives depends on no input.
   */
  public boolean isInconclusive() {
    return isInconclusive;
  }
}
