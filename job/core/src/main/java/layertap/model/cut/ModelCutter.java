package layertap.model.cut;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.check.OpPolicy;
import layertap.graph.fold.Folding;
import layertap.graph.freeze.Freezer;
import layertap.graph.freeze.FrozenGraph;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.NewerAttributes;
import layertap.graph.rewrite.Pruner;
import layertap.graph.rewrite.StepRecording;
import layertap.graph.rewrite.Substitution;
import layertap.graph.rewrite.VaryingBatchNorm;
import layertap.model.LoadedModel;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.feed.FeedResolver;
import layertap.model.restore.Initialization;
import layertap.model.restore.KeptVariable;
import layertap.model.restore.KeptVariables;
import layertap.model.restore.TableInitializers;
import layertap.model.select.BatchAxis;
import layertap.model.select.FeedTarget;
import layertap.model.select.FeedTarget.Input;
import layertap.model.select.Selector;
import layertap.model.select.SelectorResolver;
import layertap.model.select.Tap;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.TensorProto;

/**
 * Cuts a model down: collect feeds and taps, then {@link #build}. Not thread-safe.
 *
 * <pre>
 *   flat graph ─ feeds replace edges ─ calls bypassed ─ pruned to the taps ─ frozen ─▶ RunnableGraph
 * </pre>
 */
public final class ModelCutter {
  private final LoadedModel source;
  private final SelectorResolver selectors;
  private final FeedResolver feedResolver;
  private final Substitution substitution = new Substitution();
  private final List<FeedTarget> targets = new ArrayList<>();
  private final List<FeedPlaceholder> feeds = new ArrayList<>();
  private final Map<FeedPlaceholder, TensorProto> constants = new LinkedHashMap<>();
  private final Map<Tap, TensorId> taps = new LinkedHashMap<>();
  private final Set<String> warnings = new LinkedHashSet<>();

  /** The graph with the feeds so far; null until it is asked for. */
  private GraphIndex fed;

  public ModelCutter(LoadedModel source) {
    this.source = source;
    this.selectors = new SelectorResolver(source.graph(), source.layers(), source.signature());
    this.feedResolver =
        new FeedResolver(
            source.graph(), source.layers(), source.signature(), selectors, substitution);
  }

  /**
   * Lets a value be fed.
   *
   * @throws UserException if the target names nothing, or not one thing
   */
  public FeedPlaceholder feed(FeedTarget target) {
    FeedPlaceholder point = feedResolver.resolve(target);
    targets.add(target);
    feeds.add(point);
    fed = null;
    return point;
  }

  /** Where a value that all rows share may go, which {@link #fix} says. */
  public FeedPlaceholder feedConstant(FeedTarget target) {
    return feedResolver.resolveConstant(target);
  }

  /** Fixes what was to be fed: the placeholder holds that value for all rows. */
  public void fix(FeedPlaceholder point, TensorProto value) {
    constants.put(point, value);
    if (source.graph().contains(point.placeholder()) || !(point.target() instanceof Input)) {
      substitution.addConstant(point.placeholder().node(), value);
    }
    fed = null;
  }

  /** Those that were fixed and that a tap needs. */
  public List<FeedPlaceholder> neededConstants() {
    GraphIndex graph = fed();
    int[] ends =
        taps.keySet().stream()
            .mapToInt(tap -> graph.require(feedResolver.taps().valueOf(tap).node()))
            .toArray();
    boolean[] needed = graph.ancestorsOf(ends);
    return constants.keySet().stream()
        .filter(point -> graph.find(point.placeholder().node()).stream().anyMatch(i -> needed[i]))
        .toList();
  }

  /**
   * Asks for tensors.
   *
   * @throws UserException if the selector names nothing, or not one thing
   */
  public List<Tap> tap(Selector selector) {
    return tap(selector, BatchAxis.DEFAULT);
  }

  /** The same where rows lie along an axis. */
  public List<Tap> tap(Selector selector, BatchAxis batchAxis) {
    return added(selectors.resolve(selector).stream().map(tap -> tap.along(batchAxis)).toList());
  }

  /** Asks for scores, then for what they are differentiated by: layers, or inputs. */
  public List<Tap> tapGradient(Selector of, List<Selector> wrt) {
    List<Tap> found = new ArrayList<>(selectors.resolveScores(of));
    wrt.forEach(each -> found.addAll(selectors.resolveLayerOrInput(each)));
    return added(found);
  }

  private List<Tap> added(List<Tap> found) {
    fed = null;
    found.forEach(tap -> taps.put(tap, tap.tensor()));
    return found;
  }

  /** What whoever named the layers should know, and of what was cut so far. */
  public List<String> warnings() {
    return Stream.concat(selectors.warnings().stream(), warnings.stream()).toList();
  }

  /**
   * Cuts.
   *
   * @throws UserException if a tap needs an input that is not fed, or a variable cannot be kept
   */
  public RunnableGraph build() {
    try {
      feedResolver.requireOneKind(feeds);
      Cut cut = cut();
      FrozenGraph frozen = freeze(cut);
      List<KeptVariable> kept =
          new ArrayList<>(
              new KeptVariables(source.files(), source.initializers()).find(frozen.variables()));
      Initialization tables =
          TableInitializers.find(source.files(), source.initializers(), frozen.graph());
      kept.addAll(tables.variables());
      GraphDef graph = frozen.graph().toBuilder().addAllNode(tables.nodes()).build();
      new FrozenSize(source, this::feedAll).require(graph, kept);
      GraphCheck.check(graph, source.ops());
      warnings.addAll(new DroppedEffectWarnings(source).of(frozen.graph()));
      return new RunnableGraph(
          graph,
          kept,
          MissingFeeds.neededBy(frozen.graph(), feeds),
          cut.taps,
          tables.targets(),
          tables.assets());
    } catch (GraphException e) {
      throw new UserException(
          "cannot cut the model " + source.files().location() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The model as TensorFlow itself would run it, with the same feeds: calls inlined, variables
   * still variables. What the cut model computes is compared with it.
   */
  public RunnableGraph original() {
    Map<Tap, TensorId> tensors = new LinkedHashMap<>(taps);
    tensors.replaceAll((tap, tensor) -> feedResolver.taps().valueOf(tap));
    return new ReferenceGraph(
            source, feeds, fed(), tensors, feedResolver.takesSingleRows(), substitution::resolve)
        .toModel(cut());
  }

  /** A graph that computes taps, with variables, and more than they need. */
  record Cut(GraphIndex graph, List<CutTap> taps) {}

  Cut cut() {
    Substitution bypass = CallBypass.of(fed(), source.calls());
    List<TensorId> values = new ArrayList<>();
    taps.keySet().forEach(tap -> values.add(bypass.resolve(feedResolver.taps().valueOf(tap))));
    List<TensorId> distributed =
        taps.keySet().stream().map(Tap::distributed).filter(Objects::nonNull).distinct().toList();
    distributed.forEach(tensor -> values.add(bypass.resolve(substitution.resolve(tensor))));
    Folding folded = Folding.of(bypass.apply(fed()), values, new StoredSwitches(source));
    Substitution changes = new Substitution();
    RowsFirst rowsFirst =
        new RowsFirst(
            feedResolver.takesSingleRows(),
            folded.graph(),
            changes,
            tensor -> folded.fetches().get(taps.size() + distributed.indexOf(tensor)));
    List<CutTap> points = new ArrayList<>();
    taps.forEach(
        (tap, tensor) -> {
          TensorId value = folded.fetches().get(points.size());
          if (value == null) {
            throw MissingFeeds.neverTaken(tap);
          }
          TensorShape shape =
              fed().notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
          points.add(rowsFirst.of(tap, value, shape));
        });
    return new Cut(changes.apply(folded.graph()), points);
  }

  FrozenGraph freeze(Cut cut) {
    List<TensorId> fetches = cut.taps.stream().map(CutTap::fetch).toList();
    GraphDef pruned = Pruner.prune(cut.graph, fetches);
    new MissingFeeds(source).check(pruned, cut.taps, feeds);
    OpPolicy.check(pruned);
    GraphDef known = NewerAttributes.remove(pruned, source.ops());
    return Freezer.freeze(VaryingBatchNorm.replaceIn(known, fetches));
  }

  /** The model's graph with what taps need besides, and placeholders for the feeds. */
  private GraphIndex fed() {
    if (fed == null) {
      // A loop that records is a copy: it takes what the layer's own loop is fed.
      fed =
          StepRecording.applyAll(
              taps.keySet().stream().flatMap(tap -> tap.recordings().stream()),
              substitution.apply(source.graph()));
    }
    return fed;
  }

  /** The same feeds for another cut of the model. */
  private void feedAll(ModelCutter other) {
    constants.forEach((point, value) -> other.fix(other.feedConstant(point.target()), value));
    targets.forEach(other::feed);
  }
}
