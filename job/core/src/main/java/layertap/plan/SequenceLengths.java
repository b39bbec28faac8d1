package layertap.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.LengthFeed;
import layertap.input.feed.PlannedFeed;
import layertap.input.value.SequenceSettings.Padding;
import layertap.model.feature.FeatureOps;
import layertap.model.feature.PaddedSteps;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Placeholders for the true lengths of the sequences that a plan pads, for pooling. */
final class SequenceLengths {
  private final NodeDefs nodes = new NodeDefs("layertap_lengths/");
  private final Map<Integer, PaddedSteps> byFeed = new LinkedHashMap<>();
  private final List<PlannedFeed> feeds;
  private final Map<String, NodeDef> graph = new HashMap<>();

  SequenceLengths(List<PlannedFeed> feeds, GraphDef graph) {
    this.feeds = List.copyOf(feeds);
    graph.getNodeList().forEach(node -> this.graph.put(node.getName(), node));
    for (int i = 0; i < feeds.size(); i++) {
      PlannedFeed feed = feeds.get(i);
      if (feed.conversion() instanceof FeedConversion.Sequence sequence
          && sequence.settings().pad() != Padding.NONE) {
        TensorId placeholder =
            nodes
                .node("Placeholder", "feed_" + i)
                .attribute("dtype", DataType.DT_INT32)
                .attribute("shape", TensorShape.of(List.of(TensorShape.UNKNOWN)))
                .add();
        long steps = feed.rowShape().sizes().get(0);
        boolean isAtEnd = sequence.settings().pad() == Padding.PRE;
        byFeed.put(i, new PaddedSteps(feed.target().text(), placeholder, steps, isAtEnd));
      }
    }
  }

  /** Of the sequences that a tensor is computed from. */
  List<PaddedSteps> behind(TensorId tensor) {
    if (byFeed.isEmpty()) {
      return List.of();
    }
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(tensor.node()));
    while (!open.isEmpty()) {
      String name = open.remove();
      if (seen.add(name) && graph.containsKey(name)) {
        graph.get(name).getInputList().stream()
            .filter(input -> !TensorId.isControl(input))
            .forEach(input -> open.add(TensorId.parse(input).node()));
      }
    }
    List<PaddedSteps> behind = new ArrayList<>();
    byFeed.forEach(
        (feed, padded) -> {
          if (seen.contains(feeds.get(feed).point().placeholder().node())) {
            behind.add(padded);
          }
        });
    return behind;
  }

  /** The ops of features with the placeholders. */
  List<NodeDef> with(List<NodeDef> ops) {
    List<NodeDef> all = new ArrayList<>(nodes.nodes());
    all.addAll(ops);
    return all;
  }

  /** What is to be fed for the ops of features. */
  List<LengthFeed> usedBy(FeatureOps ops) {
    List<LengthFeed> used = new ArrayList<>();
    byFeed.forEach(
        (feed, padded) -> {
          if (ops.uses(padded)) {
            used.add(new LengthFeed(feed, padded.lengths()));
          }
        });
    return used;
  }
}
