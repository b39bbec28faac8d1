package layertap.model.cut;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.check.OpPolicy;
import layertap.graph.freeze.Freezer;
import layertap.graph.freeze.FrozenGraph;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.NewerAttributes;
import layertap.graph.rewrite.Pruner;
import layertap.graph.rewrite.StepRecording;
import layertap.graph.rewrite.Substitution;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import layertap.model.restore.Initialization;
import layertap.model.restore.KeptVariable;
import layertap.model.restore.KeptVariables;
import layertap.model.restore.TableInitializers;
import layertap.model.select.BatchAxis;
import layertap.model.select.FeedPlaceholder;
import layertap.model.select.FeedResolver;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;
import layertap.model.select.SelectorResolver;
import layertap.model.select.Tap;
import org.tensorflow.proto.GraphDef;

/**
 * Cuts a model down: collect feeds and taps, then {@link #build}. Not thread-safe.
 *
 * <pre>
 *   flat graph ─ feeds replace edges ─ calls bypassed ─ pruned to the taps ─ frozen ─▶ RunnableGraph
 * </pre>
 */
public final class ModelCutter {
  /** A GraphDef is a protocol buffer, and none holds more. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private final LoadedModel source;
  private final SelectorResolver selectors;
  private final FeedResolver feedResolver;
  private final Substitution substitution = new Substitution();
  private final List<FeedTarget> targets = new ArrayList<>();
  private final List<FeedPlaceholder> feeds = new ArrayList<>();
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

  /**
   * Asks for tensors.
   *
   * @throws UserException if the selector names nothing, or not one thing
   */
  public List<Tap> tap(Selector selector) {
    return tap(selector, BatchAxis.UNSAID);
  }

  /** The same for tensors whose rows lie along an axis. */
  public List<Tap> tap(Selector selector, BatchAxis batchAxis) {
    List<Tap> found =
        selectors.resolve(selector).stream().map(tap -> tap.along(batchAxis)).toList();
    found.forEach(tap -> taps.put(tap, tap.tensor()));
    fed = null;
    return found;
  }

  /** What whoever named the layers should know, and of what was cut so far. */
  public List<String> warnings() {
    List<String> all = new ArrayList<>(selectors.warnings());
    all.addAll(warnings);
    return List.copyOf(all);
  }

  /**
   * Cuts.
   *
   * @throws UserException if a tap needs an input that is not fed, or a variable cannot be kept
   */
  public RunnableGraph build() {
    try {
      Cut cut = cut();
      FrozenGraph frozen = freeze(cut);
      List<KeptVariable> kept =
          new ArrayList<>(
              new KeptVariables(source.files(), source.initializers()).find(frozen.variables()));
      if (bytes(frozen, kept) > MAX_BYTES) {
        throw tooBig(bytes(frozen, kept));
      }
      Initialization tables =
          TableInitializers.find(source.files(), source.initializers(), frozen.graph());
      kept.addAll(tables.variables());
      GraphDef graph = frozen.graph().toBuilder().addAllNode(tables.nodes()).build();
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
    tensors.replaceAll((tap, tensor) -> substitution.resolve(tensor));
    return new ReferenceGraph(
            source, feeds, fed(), tensors, feedResolver.takesSingleRows(), substitution::resolve)
        .toModel();
  }

  /** A graph that computes taps, with variables, and more than they need. */
  private record Cut(GraphIndex graph, List<CutTap> taps) {}

  private Cut cut() {
    Substitution bypass = CallBypass.of(fed(), source.calls());
    RowsFirst rowsFirst =
        new RowsFirst(
            feedResolver.takesSingleRows(),
            fed(),
            bypass,
            tensor -> bypass.resolve(substitution.resolve(tensor)));
    List<CutTap> points = new ArrayList<>();
    taps.forEach(
        (tap, tensor) -> {
          TensorId value = bypass.resolve(substitution.resolve(tensor));
          TensorId fetch = RowsFirst.fetchable(value, fed(), bypass);
          TensorShape shape =
              fed().notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
          RowsFirst.Rows rows = rowsFirst.of(tap, fetch, fed().type(value), shape);
          points.add(new CutTap(tap, rows.tensor(), fed().type(value), rows.shape()));
        });
    return new Cut(bypass.apply(fed()), points);
  }

  private FrozenGraph freeze(Cut cut) {
    List<TensorId> fetches = cut.taps.stream().map(CutTap::fetch).toList();
    GraphDef pruned = Pruner.prune(cut.graph, fetches);
    new MissingFeeds(source).check(pruned, cut.taps, feeds);
    OpPolicy.check(pruned);
    return Freezer.freeze(NewerAttributes.remove(pruned, source.ops()));
  }

  /** The model's graph with what taps need besides, and placeholders for the feeds. */
  private GraphIndex fed() {
    if (fed == null) {
      GraphDef graph = source.graph().graph();
      for (StepRecording unfolding :
          taps.keySet().stream().flatMap(tap -> tap.unfoldings().stream()).distinct().toList()) {
        graph = unfolding.apply(graph);
      }
      boolean isSame = graph == source.graph().graph();
      fed = substitution.apply(isSame ? source.graph() : new GraphIndex(graph, source.ops()));
    }
    return fed;
  }

  private UserException tooBig(long bytes) {
    return new UserException(
        "cannot freeze the kept part of "
            + source.files().location()
            + ": its variables and constants have "
            + bytes
            + " bytes, a frozen graph holds "
            + MAX_BYTES
            + "; "
            + deepestFit()
                .map(
                    layer ->
                        "the deepest layer that fits is '" + layer + "', tap that or one before")
                .orElse("no layer fits")
            + ", or feed a layer in the middle with into or output-of");
  }

  /** The last layer in the model's order that can be frozen with the same feeds. */
  private Optional<String> deepestFit() {
    List<Layer> layers = new ArrayList<>(source.layers().layers());
    Collections.reverse(layers);
    return layers.stream()
        .filter(layer -> layer.calls().size() == 1)
        .filter(layer -> frozenBytes(layer) <= MAX_BYTES)
        .map(Layer::path)
        .findFirst();
  }

  private long frozenBytes(Layer layer) {
    ModelCutter other = new ModelCutter(source);
    try {
      targets.forEach(other::feed);
      other.tap(new Selector.ByName(layer.path(), Selector.ByName.ANY, "", Selector.Side.OUTPUT));
      FrozenGraph frozen = other.freeze(other.cut());
      return bytes(
          frozen,
          new KeptVariables(source.files(), source.initializers()).find(frozen.variables()));
    } catch (UserException | GraphException e) {
      return Long.MAX_VALUE;
    }
  }

  private static long bytes(FrozenGraph frozen, List<KeptVariable> kept) {
    return frozen.graph().getSerializedSize()
        + kept.stream().mapToLong(variable -> variable.entry().length()).sum();
  }
}
