package layertap.model.gradient.build;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.differentiate.DifferentiableGraph;
import layertap.model.cut.CutTap;
import layertap.model.gradient.GradientRequest;
import layertap.model.gradient.GradientTarget;
import layertap.model.gradient.build.ScoreOps.Score;
import org.tensorflow.proto.NodeDef;

/** A backward pass, for all derivatives of one score, while it comes about. */
final class ScorePass {
  private final int number;
  private final GradientTarget target;
  private final TensorId column;
  private final Set<TensorId> wrt = new LinkedHashSet<>();
  private DifferentiableGraph rewritten;
  private Score score;
  private List<TensorId> gradients;

  /**
   * A pass without tensors.
   *
   * @param target one of those with this score
   * @param column placeholder of the classes that a column holds, or null
   */
  ScorePass(int number, GradientTarget target, TensorId column) {
    this.number = number;
    this.target = target;
    this.column = column;
  }

  void add(List<CutTap> tensors) {
    tensors.forEach(tensor -> wrt.add(tensor.computed()));
  }

  TensorId of() {
    return target.of().fetch();
  }

  List<TensorId> wrt() {
    return List.copyOf(wrt);
  }

  void rewrittenAs(DifferentiableGraph graph) {
    rewritten = graph;
  }

  /** Where a tensor of the model is in the graph that is differentiated. */
  TensorId tensor(TensorId original) {
    return rewritten.tensor(original);
  }

  /** The nodes of the score. */
  List<NodeDef> addScore() {
    CutTap of = target.of();
    NodeDefs nodes = new NodeDefs("layertap_score_%d/".formatted(number));
    CutTap moved = new CutTap(of.tap(), tensor(of()), of.dtype(), of.shape());
    score = ScoreOps.add(nodes, moved, target.scoreClass(), column);
    return nodes.nodes();
  }

  Score score() {
    return score;
  }

  GradientRequest request() {
    return new GradientRequest(
        "layertap_gradient_%d".formatted(number),
        tensor(of()),
        score.seed(),
        wrt.stream().map(this::tensor).toList());
  }

  void added(List<TensorId> found) {
    gradients = List.copyOf(found);
  }

  /** The derivative by a tensor of the model. */
  TensorId gradient(TensorId original) {
    return gradients.get(wrt().indexOf(original));
  }
}
