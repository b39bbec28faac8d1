package layertap.model.cut;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Ops;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.select.Tap;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Finds inputs that a truncated graph needs and nothing feeds. */
final class MissingFeeds {
  private static final int SHOWN_LAYERS = 5;

  private final LoadedModel source;

  MissingFeeds(LoadedModel source) {
    this.source = source;
  }

  /** The feeds that a graph has placeholders of. */
  static List<FeedPlaceholder> neededBy(GraphDef graph, List<FeedPlaceholder> feeds) {
    Set<String> nodes = new HashSet<>();
    graph.getNodeList().stream().map(NodeDef::getName).forEach(nodes::add);
    return feeds.stream().filter(feed -> nodes.contains(feed.placeholder().node())).toList();
  }

  /**
   * Checks a pruned graph.
   *
   * @throws UserException if a tap needs a placeholder that is not fed; says which, and through
   *     what
   */
  void check(GraphDef pruned, List<CutTap> taps, List<FeedPlaceholder> feeds) {
    Set<String> fed =
        feeds.stream().map(feed -> feed.placeholder().node()).collect(Collectors.toSet());
    List<String> unfed =
        pruned.getNodeList().stream()
            .filter(node -> Ops.isPlaceholder(node) && !fed.contains(node.getName()))
            .map(NodeDef::getName)
            .toList();
    if (!unfed.isEmpty()) {
      refuse(unfed, taps, new GraphIndex(pruned, source.ops()));
    }
  }

  private void refuse(List<String> unfed, List<CutTap> taps, GraphIndex graph) {
    for (String placeholder : unfed) {
      for (CutTap tap : taps) {
        int start = graph.require(tap.fetch().node());
        if (graph.ancestorsOf(start)[graph.require(placeholder)]) {
          throw unfed(placeholder, tap, graph, start);
        }
      }
    }
  }

  private UserException unfed(String placeholder, CutTap tap, GraphIndex graph, int start) {
    String input =
        source.signature().inputs().entrySet().stream()
            .filter(port -> port.getValue().tensor().node().equals(placeholder))
            .map(port -> "{ input = " + port.getKey() + ", ")
            .findFirst()
            .orElse("{ graph-tensor = \"" + placeholder + "\", ");
    List<String> path = layersBetween(graph, start, graph.require(placeholder));
    String why = path.isEmpty() ? "" : " (through " + String.join(" ← ", path) + ")";
    return new UserException(
        ("cannot compute '%s': it needs '%s'%s, which no feed fills; add the feed %s, "
                + "feed a layer between with into or output-of, or tap a layer that does not "
                + "need it")
            .formatted(tap.selector(), placeholder, why, input + filledBy(placeholder)));
  }

  /** A column, but for a scalar: a switch takes one value for all rows. */
  private String filledBy(String placeholder) {
    NodeDef node = source.graph().node(source.graph().require(placeholder));
    AttrValue shape = node.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
    boolean isTruth =
        node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType()
            == DataType.DT_BOOL;
    TensorShape own = shape.hasShape() ? TensorShape.of(shape.getShape()) : TensorShape.unknown();
    boolean isScalar = own.isRankKnown() && own.sizes().isEmpty();
    return isScalar || (isTruth && !own.isRankKnown()) ? "value = … }" : "column = … }";
  }

  /** The top-level layers on a shortest way from a tap back to a placeholder. */
  private List<String> layersBetween(GraphIndex graph, int from, int to) {
    int[] way = GraphWalk.of(graph).along(graph::sources).way(from, to);
    Deque<String> layers = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    for (int i = way.length - 1; i > 0; i--) {
      String layer = topLayerOf(graph.node(way[i]).getName());
      if (!layer.isEmpty() && seen.add(layer)) {
        layers.addFirst(layer);
      }
    }
    return layers.stream().limit(SHOWN_LAYERS).toList();
  }

  private String topLayerOf(String node) {
    int position = source.graph().find(node).orElse(-1);
    for (Layer layer : source.layers().layers()) {
      for (LayerCall call : layer.calls()) {
        if (layer.isTopLevel() && call.region().contains(position)) {
          return layer.path();
        }
      }
    }
    return "";
  }

  /** Why a tap has no value whatever is fed. */
  static UserException neverTaken(Tap tap) {
    return new UserException(
        ("cannot compute '%s': it stands in a branch that a constant never takes, a feed's value or"
                + " a placeholder's default; feed the other value, or tap a layer outside of the"
                + " branch")
            .formatted(tap.selector()));
  }
}
