package layertap.model.gradient;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.check.OpPolicy;
import layertap.model.cut.CutTap;
import layertap.model.cut.RunnableGraph;
import layertap.model.gradient.GradientForm.GradCam;
import layertap.model.gradient.GradientForm.Integrated;
import layertap.model.gradient.ScoreOps.Score;
import layertap.model.select.Tap;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Adds derivatives to a truncated model: TensorFlow adds the backward passes, all else are functions
 * from graph to graph. Not thread-safe.
 */
public final class GradientGraph {
  private static final String PASS = "layertap_gradient_%d";

  private final RunnableGraph model;
  private final List<GradientTarget> targets;
  private final BackwardPasses engine;
  private final List<String> passOf = new ArrayList<>();
  private final Map<String, Pass> passes = new LinkedHashMap<>();

  /** One for all targets of the same score. */
  private static final class Pass {
    private final int number;
    private final GradientTarget target;
    private final TensorId column;
    private final Set<TensorId> wrt = new LinkedHashSet<>();
    private Score score;
    private List<TensorId> gradients;

    Pass(int number, GradientTarget target, TensorId column) {
      this.number = number;
      this.target = target;
      this.column = column;
    }

    TensorId gradient(TensorId tensor) {
      return gradients.get(List.copyOf(wrt).indexOf(tensor));
    }
  }

  /**
   * Prepares for targets.
   *
   * @param model with the shapes of its taps, among which are those of the targets
   * @param classes of each target the placeholder of the classes that a column holds, or null
   */
  public GradientGraph(
      RunnableGraph model,
      List<GradientTarget> targets,
      List<TensorId> classes,
      BackwardPasses engine) {
    this.model = model;
    this.targets = List.copyOf(targets);
    this.engine = engine;
    for (int i = 0; i < targets.size(); i++) {
      GradientTarget target = targets.get(i);
      TensorId column = classes.get(i);
      String key = target.of().fetch() + " " + target.scoreClass().text();
      passOf.add(key);
      passes
          .computeIfAbsent(key, unused -> new Pass(passes.size(), target, column))
          .wrt
          .addAll(target.wrt().stream().map(CutTap::computed).toList());
    }
  }

  /** The model with the derivatives. */
  public DifferentiatedModel differentiated() {
    List<NodeDef> scores = new ArrayList<>();
    List<GradientRequest> requests = new ArrayList<>();
    for (Pass pass : passes.values()) {
      NodeDefs nodes = new NodeDefs("layertap_score_%d/".formatted(pass.number));
      CutTap of = pass.target.of();
      pass.score = ScoreOps.add(nodes, of, pass.target.scoreClass(), pass.column);
      scores.addAll(nodes.nodes());
      requests.add(
          new GradientRequest(
              PASS.formatted(pass.number), of.fetch(), pass.score.seed(), List.copyOf(pass.wrt)));
    }
    RunnableGraph scored = model.with(scores);
    BackwardPass added = engine.add(scored, requests);
    int next = 0;
    for (Pass pass : passes.values()) {
      pass.gradients = added.gradients().get(next++);
    }
    return views(scored.with(added.nodes()).graph());
  }

  private DifferentiatedModel views(GraphDef graph) {
    GraphIndex index = new GraphIndex(graph, OpDefinitions.registered());
    List<NodeDef> nodes = new ArrayList<>();
    List<CutTap> features = new ArrayList<>();
    List<TensorId> scores = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      Pass pass = passes.get(passOf.get(i));
      List<TensorId> gradients =
          targets.get(i).wrt().stream().map(tap -> pass.gradient(tap.computed())).toList();
      features.add(feature(i, index, pass, gradients, nodes));
      scores.add(pass.score.score());
    }
    GraphDef needed =
        GraphMerge.pruned(
            graph.toBuilder().addAllNode(nodes).build(), roots(features, scores));
    OpPolicy.check(needed);
    GraphCheck.check(needed, OpDefinitions.registered());
    return new DifferentiatedModel(model.with(needed), features, scores, List.of());
  }

  private Set<String> roots(List<CutTap> features, List<TensorId> scores) {
    Set<String> roots = new HashSet<>(model.initializers());
    model.taps().forEach(tap -> roots.add(tap.fetch().node()));
    features.forEach(feature -> roots.add(feature.fetch().node()));
    scores.forEach(score -> roots.add(score.node()));
    model.feeds().forEach(feed -> roots.add(feed.placeholder().node()));
    model.assets().forEach(asset -> roots.add(asset.node()));
    return roots;
  }

  private CutTap feature(
      int number, GraphIndex graph, Pass pass, List<TensorId> gradients, List<NodeDef> added) {
    GradientTarget target = targets.get(number);
    String prefix = "layertap_view_%d/".formatted(number);
    CutTap first = target.wrt().get(0);
    boolean isShort =
        first.dtype() == DataType.DT_HALF || first.dtype() == DataType.DT_BFLOAT16;
    // Sums of products of numbers of 16 bits would lose what such numbers can hold.
    DataType dtype = isShort ? DataType.DT_FLOAT : first.dtype();
    NodeDefs nodes = new NodeDefs(prefix);
    List<TensorId> derived =
        gradients(target, graph, pass, gradients, first.dtype(), dtype, prefix, nodes, added);
    FormOps ops = new FormOps(nodes, dtype);
    TensorId value;
    TensorShape shape = first.shape();
    DataType given = dtype;
    if (target.form() instanceof GradientForm.TimesInput) {
      List<TensorId> values = values(target, first.dtype(), dtype, nodes);
      List<TensorId> products = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        products.add(ops.product("product_" + i, derived.get(i), values.get(i)));
      }
      value = ops.sum(products);
    } else if (target.form() instanceof GradCam map) {
      List<TensorId> values = values(target, first.dtype(), dtype, nodes);
      value = ops.map(values, derived, shape.sizes().size());
      shape = FormOps.shapeOfMap(shape, map.size());
      if (!map.size().isEmpty()) {
        value = ops.resized(value, map.size());
        given = DataType.DT_FLOAT;
      }
    } else {
      value = ops.sum(derived);
    }
    added.addAll(nodes.nodes());
    return new CutTap(tap(target, first.tap()), value, given, shape);
  }

  private static Tap tap(GradientTarget target, Tap first) {
    return new Tap(target.text(), first.layer(), first.tensor(), first.columnName());
  }

  /** The values of the tensors, in the dtype in which is computed. */
  private static List<TensorId> values(
      GradientTarget target, DataType given, DataType dtype, NodeDefs nodes) {
    List<TensorId> values = new ArrayList<>();
    for (CutTap wrt : target.wrt()) {
      TensorId value = wrt.fetch();
      values.add(
          given == dtype ? value : nodes.cast("value_" + values.size(), value, given, dtype));
    }
    return values;
  }

  /** The derivatives, or their integrals, with the rows first and in the dtype that is computed in. */
  private static List<TensorId> gradients(
      GradientTarget target,
      GraphIndex graph,
      Pass pass,
      List<TensorId> gradients,
      DataType given,
      DataType dtype,
      String prefix,
      NodeDefs nodes,
      List<NodeDef> added) {
    List<TensorId> derived = gradients;
    if (target.form() instanceof Integrated form) {
      List<TensorId> wrt = target.wrt().stream().map(CutTap::computed).toList();
      PathIntegral integral =
          new PathIntegral(
              graph, prefix + "path/", pass.score.seed(), wrt, form, given, dtype);
      derived = integral.add(gradients);
      added.addAll(integral.nodes());
    } else if (given != dtype) {
      derived = new ArrayList<>();
      for (TensorId gradient : gradients) {
        derived.add(nodes.cast("gradient_" + derived.size(), gradient, given, dtype));
      }
    }
    RowsOfGradient rows = new RowsOfGradient(graph.graph(), prefix);
    List<TensorId> first = new ArrayList<>();
    for (int i = 0; i < derived.size(); i++) {
      first.add(rows.of(target.wrt().get(i), derived.get(i), dtype));
    }
    added.addAll(rows.nodes());
    return first;
  }
}
