package layertap.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * Walks over the nodes of a graph by their positions, breadth first; each is visited once. Says
 * along which edges and how far; immutable.
 *
 * <pre>
 *   boolean[] needed =
 *       GraphWalk.of(graph).along(graph::sources).along(graph::controls, this::orders).from(end);
 * </pre>
 */
public final class GraphWalk {
  private static final int NOWHERE = -1;

  private final int size;
  private final List<Edges> edges;
  private final IntPredicate isPassed;

  private record Edges(IntFunction<int[]> next, IntPredicate isEntered) {}

  private GraphWalk(int size, List<Edges> edges, IntPredicate isPassed) {
    this.size = size;
    this.edges = edges;
    this.isPassed = isPassed;
  }

  /** A walk that leaves no node yet. */
  public static GraphWalk of(GraphIndex graph) {
    return new GraphWalk(graph.size(), List.of(), position -> true);
  }

  /** The same along more edges, which are taken after those so far. */
  public GraphWalk along(IntFunction<int[]> next) {
    return along(next, position -> true);
  }

  /**
   * The same along more edges.
   *
   * @param isEntered whether a node is entered along such an edge
   */
  public GraphWalk along(IntFunction<int[]> next, IntPredicate isEntered) {
    List<Edges> more = new ArrayList<>(edges);
    more.add(new Edges(next, isEntered));
    return new GraphWalk(size, List.copyOf(more), isPassed);
  }

  /** The same, but it goes on from such nodes only, and from where it starts. */
  public GraphWalk through(IntPredicate isPassed) {
    return new GraphWalk(size, edges, isPassed);
  }

  /** Marks the nodes where it starts and all that it reaches. */
  public boolean[] from(int... starts) {
    boolean[] reached = new boolean[size];
    walk(starts, reached, null, NOWHERE);
    return reached;
  }

  /** A shortest way, with both ends; empty if there is none. */
  public int[] way(int start, int end) {
    int[] cameFrom = new int[size];
    Arrays.fill(cameFrom, NOWHERE);
    boolean[] reached = new boolean[size];
    walk(new int[] {start}, reached, cameFrom, end);
    if (!reached[end]) {
      return new int[0];
    }
    Deque<Integer> way = new ArrayDeque<>();
    for (int at = end; at != NOWHERE; at = cameFrom[at]) {
      way.addFirst(at);
    }
    return way.stream().mapToInt(Integer::intValue).toArray();
  }

  private void walk(int[] starts, boolean[] reached, int[] cameFrom, int end) {
    Waiting waiting = new Waiting();
    for (int start : starts) {
      if (!reached[start]) {
        reached[start] = true;
        waiting.add(start);
      }
    }
    int startCount = waiting.added;
    while (waiting.taken < waiting.added && (end == NOWHERE || !reached[end])) {
      boolean isStart = waiting.taken < startCount;
      int position = waiting.take();
      if (isStart || isPassed.test(position)) {
        leave(position, reached, cameFrom, waiting);
      }
    }
  }

  private void leave(int position, boolean[] reached, int[] cameFrom, Waiting waiting) {
    for (Edges each : edges) {
      for (int next : each.next.apply(position)) {
        if (!reached[next] && each.isEntered.test(next)) {
          reached[next] = true;
          waiting.add(next);
          if (cameFrom != null) {
            cameFrom[next] = position;
          }
        }
      }
    }
  }

  /** Positions in the order in which they were reached. */
  private static final class Waiting {
    private int[] positions = new int[16];
    private int added;
    private int taken;

    void add(int position) {
      if (added == positions.length) {
        positions = Arrays.copyOf(positions, 2 * added);
      }
      positions[added++] = position;
    }

    int take() {
      return positions[taken++];
    }
  }
}
