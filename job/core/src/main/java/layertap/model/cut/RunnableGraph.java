package layertap.model.cut;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.detour.Detours;
import layertap.graph.detour.FedNumbers;
import layertap.graph.fold.FiniteTensors;
import layertap.graph.fold.SteadyLoops;
import layertap.graph.optimize.GraphOptimizer;
import layertap.graph.precision.BFloat16Rewrite;
import layertap.model.checkpoint.RangeReads;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.restore.AssetConstant;
import layertap.model.restore.KeptVariable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The part of a model that computes a set of taps from a set of feeds. Holds no values of
 * variables; they are read where the session is opened.
 *
 * @param graph frozen: constants stand for the variables, those of {@code variables} without a
 *     value
 * @param variables whose values the constants take
 * @param feeds that the taps need
 * @param taps in the order in which they were asked for
 * @param initializers names of nodes to run once before the first batch
 * @param assets constants that take the paths of files
 */
public record RunnableGraph(
    GraphDef graph,
    List<KeptVariable> variables,
    List<FeedPlaceholder> feeds,
    List<CutTap> taps,
    List<String> initializers,
    List<AssetConstant> assets)
    implements Serializable {
  private static final String SHAPE = "shape";

  public RunnableGraph {
    requireNonNull(graph, "graph is null");
    variables = List.copyOf(variables);
    feeds = List.copyOf(feeds);
    taps = List.copyOf(taps);
    initializers = List.copyOf(initializers);
    assets = List.copyOf(assets);
  }

  /** Bytes of the values of all kept variables. */
  public long variableBytes() {
    return variables.stream().mapToLong(variable -> variable.entry().length()).sum();
  }

  /** Whether an op may run more than once in a run, as often as values say and not shapes. */
  public boolean hasLoopsOfValues() {
    return !SteadyLoops.areAllOf(graph);
  }

  /** The reads that fetch these values. */
  public RangeReads variableReads() {
    return RangeReads.of(variables.stream().map(KeptVariable::entry).toList());
  }

  /** The model with further ops in its graph. */
  public RunnableGraph with(List<NodeDef> nodes) {
    return with(graph.toBuilder().addAllNode(nodes).build());
  }

  /** The model with another graph that computes the same taps. */
  public RunnableGraph with(GraphDef other) {
    return new RunnableGraph(other, variables, feeds, taps, initializers, assets);
  }

  /** The model with further feeds, whose placeholders its graph has. */
  public RunnableGraph feeding(List<FeedPlaceholder> further) {
    List<FeedPlaceholder> all = new ArrayList<>(feeds);
    all.addAll(further);
    return new RunnableGraph(graph, variables, all, taps, initializers, assets);
  }

  /**
   * The model with placeholders that take rows of known shapes alone; the same object if they did
   * so before.
   *
   * @param rows of each feed the shape of a row, as far as it is known
   */
  public RunnableGraph takingRows(List<TensorShape> rows) {
    Map<String, AttrValue> shapes = new HashMap<>();
    for (int i = 0; i < feeds.size(); i++) {
      if (rows.get(i).isRankKnown()) {
        List<Long> sizes = new ArrayList<>(rows.get(i).sizes());
        sizes.add(0, feeds.get(i).shape().sizes().stream().findFirst().orElse(TensorShape.UNKNOWN));
        shapes.put(
            feeds.get(i).placeholder().node(),
            AttrValue.newBuilder().setShape(TensorShape.of(sizes).toProto()).build());
      }
    }
    boolean isMore = false;
    GraphDef.Builder known = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      AttrValue shape = shapes.get(node.getName());
      boolean isChanged = shape != null && !shape.equals(node.getAttrMap().get(SHAPE));
      known.addNode(isChanged ? node.toBuilder().putAttr(SHAPE, shape).build() : node);
      isMore |= isChanged;
    }
    return isMore ? with(known.build()) : this;
  }

  /**
   * The model with a graph that computes the same faster, but for rounding; the same object if
   * there is nothing to gain.
   *
   * @param kept tensors besides the taps that are not folded away, as those that are fetched
   * @param fed what is known of the numbers that are fed; those that are {@link FedNumbers#SEEN}
   *     not to be ordinary take the {@link Detours}
   * @param exact nodes that must stay as they are, with all that they depend on
   */
  public RunnableGraph optimized(
      Collection<TensorId> kept, FedNumbers fed, Collection<TensorId> exact) {
    Map<String, TensorShape> shapes = new HashMap<>();
    variables.forEach(
        variable -> shapes.put(variable.node(), TensorShape.of(variable.entry().shape())));
    List<String> untouched = exact.stream().map(TensorId::node).toList();
    Predicate<NodeDef> isFinite =
        fed == FedNumbers.UNKNOWN ? node -> false : FiniteTensors.of(graph)::contains;
    GraphDef faster = GraphOptimizer.optimize(graph, names(kept), untouched, isFinite, shapes);
    if (faster == graph) {
      return this;
    }
    return with(fed == FedNumbers.SEEN ? Detours.marked(faster) : faster);
  }

  /**
   * The model with a graph whose products are computed in {@code bfloat16}; the same object if it
   * has none.
   *
   * @param kept tensors besides the taps that stay {@code float32}, as those that are fetched
   */
  public RunnableGraph inBFloat16(Collection<TensorId> kept) {
    GraphDef reduced = BFloat16Rewrite.rewrite(graph, names(kept));
    return reduced == graph ? this : with(reduced);
  }

  /** Nodes that somebody outside of the graph names. */
  private Set<String> names(Collection<TensorId> kept) {
    Set<String> names = new HashSet<>(initializers);
    Stream.concat(kept.stream(), taps.stream().map(CutTap::fetch))
        .forEach(tensor -> names.add(tensor.node()));
    feeds.forEach(feed -> names.add(feed.placeholder().node()));
    assets.forEach(asset -> names.add(asset.node()));
    return names;
  }

  /** The model with what is known of its taps' shapes, in their order. */
  public RunnableGraph withTapShapes(List<TapShape> shapes) {
    if (shapes.size() != taps.size()) {
      throw new IllegalArgumentException(
          "%s shapes for %s taps".formatted(shapes.size(), taps.size()));
    }
    List<CutTap> described = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      described.add(taps.get(i).withShape(shapes.get(i)));
    }
    return withTaps(described);
  }

  /** The model with other taps, the same but for what is known of them. */
  public RunnableGraph withTaps(List<CutTap> described) {
    return new RunnableGraph(graph, variables, feeds, described, initializers, assets);
  }
}
