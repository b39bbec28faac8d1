package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.differentiate.SmoothOps;
import layertap.model.gradient.Derivative;

/**
 * The part of a graph that a rewrite for speed leaves alone, so that a derivative changes by
 * rounding only.
 *
 * <pre>
 *   feeds ─▶ may be rewritten ─▶ wrt ─▶ to the score and back: stays ─▶ feature
 * </pre>
 */
public final class ExactPart {
  private ExactPart() {}

  /**
   * The nodes that stay: those of the tensors that the derivative is by, and all that is computed
   * from them. Empty if all that the feature depends on must stay: where a derivative jumps on the
   * way to the score, as behind a ReLU, rounding before could bring it to the other side.
   *
   * @param graph that computes the feature
   * @param feature a tensor made of the derivative
   */
  public static Optional<List<TensorId>> of(
      GraphIndex graph, Derivative derivative, TensorId feature) {
    boolean isAlone = derivative.pick().equals(derivative.score());
    // What picks the score is not differentiated.
    int pick = isAlone ? -1 : graph.require(derivative.pick().node());
    boolean isSmooth =
        PartBetween.of(
                graph, derivative.wrt(), position -> position == pick, List.of(derivative.score()))
            .stream()
            .allMatch(position -> SmoothOps.contains(graph.node(position).getOp()));
    if (!isSmooth) {
      return Optional.empty();
    }
    List<TensorId> nodes = new ArrayList<>(derivative.wrt());
    for (int position : PartBetween.of(graph, derivative.wrt(), any -> false, List.of(feature))) {
      nodes.add(new TensorId(graph.node(position).getName(), 0));
    }
    return Optional.of(nodes);
  }
}
