package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.model.layers.Region;

/**
 * Fits the traced calls that were seen to the number of calls that there are. Where Keras 2 calls a
 * layer twice in a row, as in {@code act(act(x))}, nothing was traced between and both calls look
 * like one traced call; its ops then repeat themselves.
 */
public final class CallSplitter {
  private CallSplitter() {}

  /**
   * The traced calls of {@code callCount} calls; what was seen as it is where they cannot be told
   * apart.
   */
  public static List<TracedCall> split(
      List<TracedCall> tracedCalls, int callCount, GraphIndex graph) {
    if (callCount == 0 || tracedCalls.isEmpty() || tracedCalls.size() == callCount) {
      return tracedCalls;
    }
    if (callCount == 1) {
      return List.of(new TracedCall(tracedCalls.get(0).scope(), union(tracedCalls)));
    }
    int size = tracedCalls.stream().mapToInt(tracedCall -> tracedCall.region().size()).sum();
    int length = size / callCount;
    boolean areEqual =
        size % callCount == 0
            && tracedCalls.stream()
                .map(TracedCall::region)
                .allMatch(region -> repeats(region, length, graph));
    if (!areEqual) {
      return tracedCalls;
    }
    List<TracedCall> split = new ArrayList<>();
    tracedCalls.forEach(tracedCall -> split.addAll(parts(tracedCall, length)));
    return split;
  }

  /**
   * The shortest parts of a traced call that run the same ops on the same variables in the same
   * order: each may be a call of its own. The traced call itself if there are none.
   */
  static List<TracedCall> periods(TracedCall tracedCall, GraphIndex graph) {
    Region region = tracedCall.region();
    for (int length = 1; length <= region.size() / 2; length++) {
      if (repeats(region, length, graph)) {
        return parts(tracedCall, length);
      }
    }
    return List.of(tracedCall);
  }

  private static List<TracedCall> parts(TracedCall tracedCall, int length) {
    List<TracedCall> parts = new ArrayList<>();
    for (int from = 0; from < tracedCall.region().size(); from += length) {
      parts.add(new TracedCall(tracedCall.scope(), tracedCall.region().slice(from, from + length)));
    }
    return parts;
  }

  private static Region union(List<TracedCall> tracedCalls) {
    return new Region(
        tracedCalls.stream()
            .flatMapToInt(tracedCall -> Arrays.stream(tracedCall.region().positions()))
            .sorted()
            .toArray());
  }

  /**
   * Whether the traced call consists of parts of a length that run the same ops in the same order.
   */
  private static boolean repeats(Region region, int length, GraphIndex graph) {
    if (length == 0 || region.size() % length != 0) {
      return false;
    }
    for (int i = length; i < region.size(); i++) {
      int earlier = region.at(i - length);
      String op = graph.node(region.at(i)).getOp();
      boolean readsAnother =
          Ops.readsVariable(graph.node(region.at(i)))
              && !Arrays.equals(graph.sources(region.at(i)), graph.sources(earlier));
      if (readsAnother || !op.equals(graph.node(earlier).getOp())) {
        return false;
      }
    }
    return true;
  }
}
