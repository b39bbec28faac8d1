package layertap.model.gradient.build;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.differentiate.DifferentiableGraph;
import layertap.graph.differentiate.UnrolledGraph;
import layertap.model.cut.CutTap;
import layertap.model.gradient.GradientRequest;
import layertap.model.gradient.GradientTarget;
import layertap.model.gradient.build.ScoreOps.Score;
import org.tensorflow.proto.NodeDef;

/** A backward pass for all derivatives of one score, while it is built. */
final class ScorePass {
  private final int number;
  private final GradientTarget target;
  private final TensorId column;
  private final Set<TensorId> wrt = new LinkedHashSet<>();
  private UnrolledGraph unrolled;
  private DifferentiableGraph differentiable;
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

  void rewrittenAs(UnrolledGraph graph, DifferentiableGraph forGradients) {
    unrolled = graph;
    differentiable = forGradients;
  }

  /** Where a tensor of the model is in the graph whose loops are unrolled. */
  TensorId tensor(TensorId original) {
    return unrolled.tensor(original);
  }

  /** The nodes of the score. */
  List<NodeDef> addScore() {
    CutTap of = target.of();
    NodeDefs nodes = new NodeDefs("layertap_score_%s/".formatted(number));
    CutTap moved = new CutTap(of.tap(), tensor(of()), of.dtype(), of.shape());
    score = ScoreOps.add(nodes, moved, target.scoreClass(), column);
    return nodes.nodes();
  }

  Score score() {
    return score;
  }

  /** What is asked for of {@link DifferentiableGraph#graph()}, made for this score's tensors. */
  GradientRequest request() {
    return new GradientRequest(
        "layertap_gradient_%s".formatted(number),
        differentiable.of().get(0),
        score.seed(),
        wrt.stream().map(this::start).toList());
  }

  private TensorId start(TensorId tensor) {
    return differentiable.start(unrolled.tensor(tensor));
  }

  void added(List<TensorId> found) {
    gradients = found.stream().map(differentiable::original).toList();
  }

  /** The derivative by a tensor of the model. */
  TensorId gradient(TensorId original) {
    return gradients.get(wrt().indexOf(original));
  }
}
