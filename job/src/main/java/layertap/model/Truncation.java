package layertap.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.CallBypass;
import layertap.graph.Freezer;
import layertap.graph.FrozenGraph;
import layertap.graph.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.Pruner;
import layertap.graph.Substitution;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.RestoredVariables.Source;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.TensorBundle;
import layertap.model.select.FeedPoint;
import layertap.model.select.FeedResolver;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;
import layertap.model.select.SelectorResolver;
import layertap.model.select.Tap;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Cuts a model down: collect feeds and taps, then {@link #build}. Not thread-safe.
 *
 * <pre>
 *   flat graph ─ feeds replace edges ─ calls bypassed ─ pruned to the taps ─ frozen ─▶ TruncatedModel
 * </pre>
 */
public final class Truncation {
  /** A GraphDef is a protocol buffer, and none holds more. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private final SourceModel source;
  private final SelectorResolver selectors;
  private final FeedResolver feedResolver;
  private final Substitution substitution = new Substitution();
  private final List<FeedPoint> feeds = new ArrayList<>();
  private final Map<Tap, TensorId> taps = new LinkedHashMap<>();

  public Truncation(SourceModel source) {
    this.source = source;
    this.selectors = new SelectorResolver(source.graph(), source.layers(), source.signature());
    this.feedResolver =
        new FeedResolver(source.graph(), source.signature(), selectors, substitution);
  }

  /**
   * Lets a value be fed.
   *
   * @throws ModelException if the target names nothing, or not one thing
   */
  public FeedPoint feed(FeedTarget target) {
    FeedPoint point = feedResolver.resolve(target);
    feeds.add(point);
    return point;
  }

  /**
   * Asks for tensors.
   *
   * @throws ModelException if the selector names nothing, or not one thing
   */
  public List<Tap> tap(Selector selector) {
    List<Tap> found = selectors.resolve(selector);
    found.forEach(tap -> taps.put(tap, tap.tensor()));
    return found;
  }

  /** Layers that globs matched but of which no tensor is known, with the reason. */
  public List<String> leftOut() {
    return selectors.leftOut();
  }

  /**
   * Cuts.
   *
   * @throws ModelException if a tap needs an input that is not fed, or a variable cannot be kept
   */
  public TruncatedModel build() {
    try {
      GraphIndex fed = new GraphIndex(substitution.apply(source.graph().graph()), source.ops());
      Substitution bypass = CallBypass.of(fed, source.calls());
      List<TapPoint> points = new ArrayList<>();
      taps.forEach(
          (tap, tensor) -> {
            TensorId value = bypass.resolve(substitution.resolve(tensor));
            TensorId fetch = fetchable(value, fed, bypass);
            TensorShape shape =
                source
                    .graph()
                    .notedShape(tensor)
                    .map(TensorShape::of)
                    .orElse(TensorShape.unknown());
            points.add(new TapPoint(tap, fetch, fed.type(value), shape));
          });
      GraphDef pruned =
          Pruner.prune(
              bypass.apply(fed.graph()),
              points.stream().map(TapPoint::fetch).toList(),
              source.ops());
      new UnfedInputs(source).check(pruned, points, feeds);
      FrozenGraph frozen = Freezer.freeze(pruned);
      return new TruncatedModel(
          frozen.graph(), keptVariables(frozen), neededFeeds(frozen.graph()), points);
    } catch (GraphException e) {
      throw new ModelException(
          "cannot cut the model " + source.files().location() + ": " + e.getMessage(), e);
    }
  }

  /** A session refuses to fetch what is fed, so a tap of an input fetches a copy. */
  private static TensorId fetchable(TensorId tensor, GraphIndex graph, Substitution changes) {
    boolean isFed = graph.node(graph.require(tensor.node())).getOp().equals("Placeholder");
    return isFed
        ? changes.addIdentity("layertap_tap_of/" + tensor.node(), tensor, graph.type(tensor))
        : tensor;
  }

  private List<FeedPoint> neededFeeds(GraphDef graph) {
    Set<String> nodes = new HashSet<>();
    graph.getNodeList().stream().map(NodeDef::getName).forEach(nodes::add);
    return feeds.stream().filter(feed -> nodes.contains(feed.placeholder().node())).toList();
  }

  private List<KeptVariable> keptVariables(FrozenGraph frozen) {
    if (frozen.variables().isEmpty()) {
      return List.of();
    }
    TensorBundle bundle = TensorBundle.open(source.files());
    List<KeptVariable> kept = new ArrayList<>();
    long bytes = 0;
    for (FrozenGraph.Variable variable : frozen.variables()) {
      BundleEntry entry = find(bundle, variable);
      kept.add(new KeptVariable(variable.node(), entry));
      bytes += entry.length();
    }
    bytes += frozen.graph().getSerializedSize();
    if (bytes > MAX_BYTES) {
      throw new TooBigException(source.files().location(), bytes);
    }
    return kept;
  }

  private BundleEntry find(TensorBundle bundle, FrozenGraph.Variable variable) {
    Source restored = source.restored().find(variable.node()).orElse(null);
    if (restored == null) {
      throw unreadable(variable, "the model's restore op does not set it");
    }
    BundleEntry entry =
        bundle
            .find(restored.key())
            .orElseThrow(
                () -> unreadable(variable, "the checkpoint has no entry '" + restored.key() + "'"));
    if (entry.dtype() != variable.dtype()) {
      throw unreadable(
          variable,
          "the checkpoint holds " + entry.dtype() + ", the graph wants " + variable.dtype());
    }
    return entry;
  }

  private ModelException unreadable(FrozenGraph.Variable variable, String fact) {
    return new ModelException(
        "cannot read the variable '"
            + variable.node()
            + "' of "
            + source.files().location()
            + ": "
            + fact
            + "; export the model again");
  }
}
