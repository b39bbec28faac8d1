package layertap.model.feed;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.rewrite.Substitution;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.saved.CompositeInputs;
import layertap.model.saved.Signature;
import layertap.model.saved.Signature.Port;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;
import layertap.model.select.Selector.ByName;
import layertap.model.select.SelectorResolver;
import layertap.model.select.Tap;
import layertap.model.select.TensorFinder;
import org.tensorflow.proto.DataType;

/** Finds the edges of the graph that feeds replace. Not thread-safe. */
public final class FeedResolver {
  private final GraphIndex graph;
  private final LayerIndex layers;
  private final Signature signature;
  private final SelectorResolver selectors;
  private final Substitution substitution;
  private final FedTensors fed;
  private final FedTaps taps;
  private final HandedOnFeeds handedOn;
  private final FedOutputs outputs;
  private int made;
  private final List<FeedPlaceholder> singles = new ArrayList<>();
  private boolean isConstant;

  /**
   * Collects what feeds replace.
   *
   * @param substitution to which placeholders and replacements are added
   */
  public FeedResolver(
      GraphIndex graph,
      LayerIndex layers,
      Signature signature,
      SelectorResolver selectors,
      Substitution substitution) {
    this.layers = layers;
    this.graph = graph;
    this.signature = signature;
    this.selectors = selectors;
    this.substitution = substitution;
    this.fed = new FedTensors(graph);
    this.handedOn = new HandedOnFeeds(graph, layers);
    this.outputs = new FedOutputs(graph, layers, substitution);
    this.taps = new FedTaps(graph, layers, substitution, handedOn, outputs);
  }

  /**
   * Adds a feed.
   *
   * @throws UserException if the target is not there, not one edge, or fed already
   */
  public FeedPlaceholder resolve(FeedTarget target) {
    if (target instanceof FeedTarget.Input input) {
      return input(input);
    }
    if (target instanceof FeedTarget.Into into) {
      return into(into);
    }
    if (target instanceof FeedTarget.OutputOf outputOf) {
      return outputOf(outputOf);
    }
    if (target instanceof FeedTarget.Tensor tensor) {
      return tensor(tensor, new TensorFinder(graph).find(tensor.name()));
    }
    throw new IllegalArgumentException("unknown kind of feed: " + target);
  }

  /** The same for what takes one value for all rows. */
  public FeedPlaceholder resolveConstant(FeedTarget target) {
    isConstant = true;
    try {
      return resolve(target);
    } finally {
      isConstant = false;
    }
  }

  /** Whether a feed so far goes where the model takes the value of a single row. */
  public boolean takesSingleRows() {
    return !singles.isEmpty();
  }

  /**
   * Goes on only if all feeds take the same number of rows at a time.
   *
   * @throws UserException names a feed that takes one row beside others that take many
   */
  public void requireOneKind(Collection<FeedPlaceholder> feeds) {
    FixedBatch.requireOneKind(feeds, singles);
  }

  private FeedPlaceholder single(SingleRowFeed feed) {
    singles.add(feed.add(substitution));
    return singles.get(singles.size() - 1);
  }

  private FeedPlaceholder input(FeedTarget.Input input) {
    Map<String, Port> inputs = signature.inputs();
    Port port = inputs.get(input.name());
    if (port == null) {
      throw new UserException(
          "cannot feed the input '%s': the signature '%s' takes %s"
              .formatted(input.name(), signature.name(), signature.instead(input.name(), inputs)));
    }
    new CompositeInputs(signature, graph).refuse(input.name());
    fed.add(input, port.tensor());
    if (graph.find(port.tensor().node()).isEmpty()) {
      // No output of the signature uses it; the graph has no trace of it.
      return new FeedPlaceholder(input, port.tensor(), port.dtype(), port.shape());
    }
    if (!isConstant && SingleRowFeed.isNeeded(port.shape())) {
      return single(new SingleRowFeed(input, port.tensor().node(), port.tensor(), port.dtype()));
    }
    TensorId placeholder =
        substitution.addPlaceholder(
            port.tensor().node(), FeedPlaceholder.fedType(port.dtype()), port.shape());
    castBack(placeholder, port.dtype())
        .ifPresent(cast -> substitution.replace(port.tensor(), cast));
    return new FeedPlaceholder(input, placeholder, port.dtype(), port.shape());
  }

  private FeedPlaceholder into(FeedTarget.Into into) {
    LayerCall call = selectors.call(into.layer(), into);
    selectors.requireRowByRow(call, into);
    TensorId entering = EnteredInput.of(into, call, layers);
    EnteredInput.requireOwn(into, call, entering, graph);
    if (!call.hasOps()) {
      return passedOn(into, call, entering);
    }
    Map<String, Set<TensorId>> takers = FedTaps.takers(graph, call, entering);
    fed.add(into, takers);
    FeedPlaceholder point = make(into, entering);
    TensorId value = castBack(point.placeholder(), point.dtype()).orElse(point.placeholder());
    takers.forEach((node, taken) -> taken.forEach(each -> substitution.replace(node, each, value)));
    handedOn.addEntering(into, call, entering, value);
    return point;
  }

  /** What taps give beside the feeds so far. */
  public FedTaps taps() {
    return taps;
  }

  private FeedPlaceholder outputOf(FeedTarget.OutputOf outputOf) {
    Optional<LayerCall> call = layerCall(outputOf);
    call.ifPresent(found -> selectors.requireRowByRow(found, outputOf));
    List<Tap> taps = selectors.resolve(outputOf.layer());
    if (taps.size() != 1) {
      throw new UserException(
          "cannot feed %s: it names %s outputs; name one layer"
              .formatted(outputOf.text(), taps.size()));
    }
    if (!taps.get(0).recordings().isEmpty()) {
      throw new UserException(
          ("cannot feed %s: the layer gives its last step alone, and nothing takes those before;"
                  + " feed that step with output-of and the layer's bare name")
              .formatted(outputOf.text()));
    }
    TensorId tensor = taps.get(0).tensor();
    boolean isPassedOn =
        call.isPresent() && !call.get().region().contains(graph.require(tensor.node()));
    FeedPlaceholder point =
        isPassedOn ? passedOn(outputOf, call.get(), tensor) : tensor(outputOf, tensor);
    call.ifPresent(found -> outputs.add(outputOf, found, tensor));
    return point;
  }

  /** The call of the layer that the target names; none for a raw tensor or a glob. */
  private Optional<LayerCall> layerCall(FeedTarget.OutputOf target) {
    Selector layer = target.layer();
    boolean isOfLayer =
        layer instanceof Selector.ByIndex || (layer instanceof ByName named && !named.isGlob());
    return isOfLayer ? Optional.of(selectors.call(layer, target)) : Optional.empty();
  }

  /** A layer that does nothing shares its tensor with whatever else takes it. */
  private FeedPlaceholder passedOn(FeedTarget target, LayerCall call, TensorId tensor) {
    handedOn.requireOnePlace(target, tensor);
    handedOn.addShared(target, call, tensor);
    return tensor(target, tensor);
  }

  private FeedPlaceholder tensor(FeedTarget target, TensorId tensor) {
    fed.add(target, tensor);
    Optional<TensorShape> noted = graph.notedShape(tensor).map(TensorShape::of);
    if (!isConstant && noted.filter(SingleRowFeed::isNeeded).isPresent()) {
      return single(
          new SingleRowFeed(target, "layertap_feed_" + made++, tensor, graph.type(tensor)));
    }
    FeedPlaceholder point = make(target, tensor);
    substitution.replace(
        tensor, castBack(point.placeholder(), point.dtype()).orElse(point.placeholder()));
    return point;
  }

  private FeedPlaceholder make(FeedTarget target, TensorId tensor) {
    TensorShape shape = PlaceholderShapes.of(graph, tensor);
    TensorId placeholder =
        substitution.addPlaceholder(
            "layertap_feed_" + made++, FeedPlaceholder.fedType(graph.type(tensor)), shape);
    return new FeedPlaceholder(target, placeholder, graph.type(tensor), shape);
  }

  private Optional<TensorId> castBack(TensorId placeholder, DataType dtype) {
    DataType fed = FeedPlaceholder.fedType(dtype);
    return fed == dtype
        ? Optional.empty()
        : Optional.of(
            substitution.addCast(placeholder.node() + "/layertap_cast", placeholder, fed, dtype));
  }
}
