package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.check.GraphCheck;
import layertap.graph.check.OpPolicy;
import layertap.graph.differentiate.DifferentiableGraph;
import layertap.graph.differentiate.UnrolledGraph;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.model.cut.RunnableGraph;
import layertap.model.gradient.BackwardPass;
import layertap.model.gradient.BackwardPasses;
import layertap.model.gradient.Derivative;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientRequest;
import layertap.model.gradient.GradientTarget;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Adds derivatives to a truncated model: TensorFlow adds the backward passes, all else are
 * functions from graph to graph. Not thread-safe.
 */
public final class GradientGraph {
  private final RunnableGraph model;
  private final List<GradientTarget> targets;
  private final ShapeInference shapes;
  private final BackwardPasses engine;
  private final List<String> passOf = new ArrayList<>();
  private final Map<String, ScorePass> passes = new LinkedHashMap<>();
  private List<String> warnings = List.of();

  /**
   * Prepares for targets.
   *
   * @param model with the shapes of its taps, among which are those of the targets
   * @param classes of each target the placeholder of the classes that a column holds, or null
   * @param shapes of graphs of the model
   */
  public GradientGraph(
      RunnableGraph model,
      List<GradientTarget> targets,
      List<TensorId> classes,
      ShapeInference shapes,
      BackwardPasses engine) {
    this.model = model;
    this.targets = List.copyOf(targets);
    this.shapes = shapes;
    this.engine = engine;
    for (int i = 0; i < targets.size(); i++) {
      GradientTarget target = targets.get(i);
      TensorId column = classes.get(i);
      String key = target.of().fetch() + " " + target.scoreClass().text();
      passOf.add(key);
      passes
          .computeIfAbsent(key, unused -> new ScorePass(passes.size(), target, column))
          .add(target.wrt());
    }
  }

  /** The model with the derivatives. */
  public DifferentiatedModel differentiated() {
    Map<TensorId, List<ScorePass>> byScores = new LinkedHashMap<>();
    passes
        .values()
        .forEach(pass -> byScores.computeIfAbsent(pass.of(), key -> new ArrayList<>()).add(pass));
    UnrolledGraph unrolled = UnrolledGraph.of(model.graph());
    for (Map.Entry<TensorId, List<ScorePass>> each : byScores.entrySet()) {
      unrolled = unrolled.unrolled(List.of(each.getKey()), wrt(each.getValue()), shapes);
    }
    warnings = unrolled.warnings();
    // Gradients of several scores may need one node in the place of another, which is then the
    // same.
    Map<String, NodeDef> added = new LinkedHashMap<>();
    for (Map.Entry<TensorId, List<ScorePass>> each : byScores.entrySet()) {
      differentiate(unrolled, each.getKey(), each.getValue())
          .forEach(node -> added.putIfAbsent(node.getName(), node));
    }
    RunnableGraph whole = model.with(unrolled.graph()).with(List.copyOf(added.values()));
    return views(whole.graph());
  }

  private static List<TensorId> wrt(List<ScorePass> passes) {
    return passes.stream().flatMap(pass -> pass.wrt().stream()).distinct().toList();
  }

  /** The nodes of the scores that are made of a tensor, and of their gradients. */
  private List<NodeDef> differentiate(UnrolledGraph unrolled, TensorId of, List<ScorePass> passes) {
    DifferentiableGraph differentiable =
        DifferentiableGraph.of(unrolled, List.of(of), wrt(passes), shapes);
    List<NodeDef> nodes = new ArrayList<>();
    List<GradientRequest> requests = new ArrayList<>();
    for (ScorePass pass : passes) {
      pass.rewrittenAs(unrolled, differentiable);
      nodes.addAll(pass.addScore());
      requests.add(pass.request());
    }
    BackwardPass added = engine.add(model.with(differentiable.graph()).with(nodes), requests);
    for (int i = 0; i < passes.size(); i++) {
      passes.get(i).added(added.gradients().get(i));
    }
    nodes.addAll(differentiable.moved(added.nodes()));
    return nodes;
  }

  private DifferentiatedModel views(GraphDef graph) {
    GraphIndex index = new GraphIndex(graph, OpDefinitions.registered());
    List<NodeDef> nodes = new ArrayList<>();
    List<Derivative> derivatives = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      ScorePass pass = passes.get(passOf.get(i));
      List<TensorId> gradients =
          targets.get(i).wrt().stream().map(tap -> pass.gradient(tap.computed())).toList();
      derivatives.add(
          new Derivative(
              targets.get(i),
              new GradientView(index, targets.get(i), i).add(pass, gradients, nodes),
              pass.score().score(),
              pass.score().pick(),
              targets.get(i).wrt().stream().map(tap -> pass.tensor(tap.computed())).toList(),
              gradients));
    }
    GraphDef needed =
        GraphMerge.pruned(graph.toBuilder().addAllNode(nodes).build(), roots(derivatives));
    OpPolicy.check(needed);
    GraphCheck.check(needed, OpDefinitions.registered());
    return new DifferentiatedModel(model.with(needed), derivatives, warnings);
  }

  private Set<String> roots(List<Derivative> derivatives) {
    Set<String> roots = new HashSet<>(model.initializers());
    model.taps().forEach(tap -> roots.add(tap.fetch().node()));
    for (Derivative derivative : derivatives) {
      roots.add(derivative.value().fetch().node());
      roots.add(derivative.score().node());
      derivative.gradients().forEach(gradient -> roots.add(gradient.node()));
    }
    model.feeds().forEach(feed -> roots.add(feed.placeholder().node()));
    model.assets().forEach(asset -> roots.add(asset.node()));
    return roots;
  }
}
