package layertap.model.gradient.build;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;

/** The part of a graph between tensors. */
final class PartBetween {
  private PartBetween() {}

  /**
   * Positions of the nodes that are computed from some tensors, and that others need.
   *
   * @param stop is taken as it is: it is not among the nodes, nor is what only it needs
   */
  static Set<Integer> of(
      GraphIndex graph, Collection<TensorId> from, TensorId stop, Collection<TensorId> to) {
    int end = graph.require(stop.node());
    return of(graph, from, position -> position == end, to);
  }

  /** The same where several nodes are taken as they are. */
  static Set<Integer> of(
      GraphIndex graph, Collection<TensorId> from, IntPredicate isStop, Collection<TensorId> to) {
    Set<Integer> below = below(graph, from, isStop);
    Set<Integer> between = new HashSet<>();
    Deque<Integer> open = new ArrayDeque<>();
    to.forEach(tensor -> open.add(graph.require(tensor.node())));
    while (!open.isEmpty()) {
      int node = open.remove();
      if (below.contains(node) && between.add(node)) {
        Arrays.stream(graph.sources(node)).forEach(open::add);
      }
    }
    return between;
  }

  /** Whether a tensor is computed from another one. */
  static boolean isBelow(GraphIndex graph, TensorId tensor, TensorId other) {
    return below(graph, List.of(other), position -> false).contains(graph.require(tensor.node()));
  }

  private static Set<Integer> below(
      GraphIndex graph, Collection<TensorId> from, IntPredicate isStop) {
    Set<Integer> below = new HashSet<>();
    Deque<Integer> open = new ArrayDeque<>();
    for (TensorId tensor : from) {
      for (int consumer : graph.consumers(graph.require(tensor.node()))) {
        if (graph.inputTensors(consumer).contains(tensor)) {
          open.add(consumer);
        }
      }
    }
    while (!open.isEmpty()) {
      int node = open.remove();
      if (!isStop.test(node) && below.add(node)) {
        Arrays.stream(graph.consumers(node)).forEach(open::add);
      }
    }
    return below;
  }
}
