package layertap.model.cut;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.check.OpPolicy;
import layertap.graph.freeze.Freezer;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.NewerAttributes;
import layertap.graph.rewrite.Pruner;
import layertap.graph.rewrite.Substitution;
import layertap.model.LoadedModel;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.restore.Initialization;
import layertap.model.restore.KeptVariable;
import layertap.model.restore.KeptVariables;
import layertap.model.restore.TableInitializers;
import layertap.model.select.Tap;
import org.tensorflow.proto.GraphDef;

/** Keeps the part of a model that taps need as it is: with variables, and without shortcuts. */
final class ReferenceGraph {
  private final LoadedModel source;
  private final List<FeedPlaceholder> feeds;
  private final GraphIndex fed;
  private final Map<Tap, TensorId> tensors;
  private final boolean takesSingleRows;
  private final UnaryOperator<TensorId> replaced;

  /**
   * Makes a view of a graph in which the feeds are placeholders.
   *
   * @param tensors that hold the taps' values
   * @param takesSingleRows whether the model takes one row at a time
   * @param replaced where the value of a tensor of the model comes from, once it is fed
   */
  ReferenceGraph(
      LoadedModel source,
      List<FeedPlaceholder> feeds,
      GraphIndex fed,
      Map<Tap, TensorId> tensors,
      boolean takesSingleRows,
      UnaryOperator<TensorId> replaced) {
    this.source = source;
    this.feeds = feeds;
    this.fed = fed;
    this.tensors = new LinkedHashMap<>(tensors);
    this.takesSingleRows = takesSingleRows;
    this.replaced = replaced;
  }

  /**
   * The graph for a session.
   *
   * @param folded the same taps without what constants decide
   * @throws UserException if it holds an op that is not run, or if a variable cannot be read
   */
  RunnableGraph toModel(ModelCutter.Cut folded) {
    List<FeedPlaceholder> needed = neededBy(folded);
    try {
      return toModel(new Substitution(), needed);
    } catch (UserException | GraphException e) {
      // A call's other outputs may need what the taps do not: inputs, ops that are not run.
      return bypassed(needed).orElseGet(() -> toModel(folded.graph(), folded.taps(), needed));
    }
  }

  /** Those that are filled: no other may be left in the graph, though somebody feeds it. */
  private List<FeedPlaceholder> neededBy(ModelCutter.Cut folded) {
    List<TensorId> fetches = folded.taps().stream().map(CutTap::fetch).toList();
    return MissingFeeds.neededBy(Pruner.prune(folded.graph(), fetches), feeds);
  }

  private Optional<RunnableGraph> bypassed(List<FeedPlaceholder> needed) {
    try {
      return Optional.of(toModel(CallBypass.of(fed, source.calls()), needed));
    } catch (UserException | GraphException e) {
      // So may a branch that is never taken.
      return Optional.empty();
    }
  }

  private RunnableGraph toModel(Substitution changes, List<FeedPlaceholder> needed) {
    RowsFirst rowsFirst =
        new RowsFirst(
            takesSingleRows, fed, changes, taken -> changes.resolve(replaced.apply(taken)));
    List<CutTap> taps = new ArrayList<>();
    tensors.forEach(
        (tap, tensor) -> {
          TensorShape shape =
              fed.notedShape(tap.tensor()).map(TensorShape::of).orElse(TensorShape.unknown());
          CutTap cut = rowsFirst.of(tap, changes.resolve(tensor), shape);
          taps.add(cut.withShape(TensorShape.unknown()));
        });
    return toModel(changes.apply(fed), taps, needed);
  }

  private RunnableGraph toModel(GraphIndex graph, List<CutTap> taps, List<FeedPlaceholder> needed) {
    List<TensorId> fetches = taps.stream().map(CutTap::fetch).toList();
    GraphDef pruned = Pruner.prune(graph, fetches);
    new MissingFeeds(source).check(pruned, taps, needed);
    // Random numbers that have an effect show as a difference.
    OpPolicy.checkReference(pruned);
    GraphDef known = NewerAttributes.remove(pruned, source.ops());
    GraphCheck.check(known, source.ops());
    List<KeptVariable> kept =
        new ArrayList<>(
            new KeptVariables(source.files(), source.initializers())
                .find(Freezer.variables(known)));
    Initialization tables = TableInitializers.find(source.files(), source.initializers(), known);
    kept.addAll(tables.variables());
    return new RunnableGraph(
        known.toBuilder().addAllNode(tables.nodes()).build(),
        kept,
        MissingFeeds.neededBy(known, needed),
        taps,
        tables.targets(),
        tables.assets());
  }
}
