package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
      TracedCall all = new TracedCall(tracedCalls.get(0).scope(), union(tracedCalls));
      return areSeveral(tracedCalls, all.region(), graph) ? tracedCalls : List.of(all);
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

  /**
   * The traced call in 1, 2, … equal parts, as far as its ops repeat: of a model, the calls that a
   * signature may have made of it.
   *
   * @param most how many parts at most
   */
  public static Stream<List<TracedCall>> repetitions(
      TracedCall tracedCall, int most, GraphIndex graph) {
    int size = tracedCall.region().size();
    return IntStream.rangeClosed(1, Math.min(most, size))
        .filter(count -> size % count == 0)
        .filter(count -> repeats(tracedCall.region(), size / count, graph))
        .mapToObj(count -> parts(tracedCall, size / count));
  }

  /**
   * The calls that opened one scope again and again, as {@code tf.Module.with_name_scope} and Keras
   * 2 within a tf.Module do: each repeats the same ops on the same variables.
   */
  static List<TracedCall> reentered(TracedCall tracedCall, GraphIndex graph) {
    boolean holdsScopes =
        tracedCall.scope().children().stream()
            .anyMatch(child -> !child.isOp() && !child.region().isEmpty());
    List<TracedCall> parts = holdsScopes ? List.of() : periods(tracedCall, graph);
    boolean readVariables =
        !parts.isEmpty()
            && Arrays.stream(parts.get(0).region().positions())
                .anyMatch(position -> Ops.readsVariable(graph.node(position)));
    return readVariables ? parts : List.of(tracedCall);
  }

  private static List<TracedCall> parts(TracedCall tracedCall, int length) {
    List<TracedCall> parts = new ArrayList<>();
    for (int from = 0; from < tracedCall.region().size(); from += length) {
      parts.add(new TracedCall(tracedCall.scope(), tracedCall.region().slice(from, from + length)));
    }
    return parts;
  }

  /** Whether these are certainly no parts of one call: each is a scope, or repeats the others. */
  private static boolean areSeveral(List<TracedCall> tracedCalls, Region all, GraphIndex graph) {
    boolean areApart =
        tracedCalls.stream().map(TracedCall::scope).distinct().count() == tracedCalls.size();
    return areApart || repeats(all, all.size() / tracedCalls.size(), graph);
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
