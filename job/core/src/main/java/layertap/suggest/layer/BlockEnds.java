package layertap.suggest.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Ops;
import layertap.graph.TensorShape;

/**
 * Finds the ends of a network's blocks. In one that makes its maps smaller step by step, these are
 * the last outputs of each resolution through which everything passes; in one that keeps its
 * resolution, the sums at the ends of residual blocks.
 */
final class BlockEnds {
  private static final Set<String> PADDING = Set.of("Pad", "PadV2", "MirrorPad");
  private static final Set<String> SUMS = Set.of("Add", "AddV2", "AddN");

  /** Below this part of the points, a map is of the next resolution; padding takes away less. */
  private static final double NEXT_RESOLUTION = 0.6;

  private static final int MOST_TRIED = 60;
  private static final int MOST_BLOCKS = 12;

  private final GraphIndex graph;
  private final int[] starts;
  private final int end;
  private final boolean[] isLearned;

  /**
   * Looks in a graph.
   *
   * @param starts positions of the inputs
   * @param end position of the op that gives the model's output
   */
  BlockEnds(GraphIndex graph, int[] starts, int end) {
    this.graph = graph;
    this.starts = starts.clone();
    this.end = end;
    this.isLearned = learned(graph);
  }

  /** What depends on a variable; all in a model without. */
  private static boolean[] learned(GraphIndex graph) {
    int[] variables =
        IntStream.range(0, graph.size())
            .filter(position -> Ops.isVariable(graph.node(position)))
            .toArray();
    boolean[] learned = graph.descendantsOf(variables);
    if (variables.length == 0) {
      Arrays.fill(learned, true);
    }
    return learned;
  }

  /**
   * The ends, in the order of the model.
   *
   * @param outputs maps, or sequences, in that order
   */
  List<LayerOutput> among(List<LayerOutput> outputs) {
    List<LayerOutput> values =
        outputs.stream()
            .filter(output -> isLearned[output.position()] && !PADDING.contains(op(output)))
            .toList();
    List<List<LayerOutput>> resolutions = resolutions(values);
    if (resolutions.size() > 1) {
      return resolutions.stream()
          .map(this::last)
          .sorted(Comparator.comparingInt(LayerOutput::position))
          .toList();
    }
    return thinned(
        values.stream()
            .filter(output -> SUMS.contains(op(output)))
            .filter(this::isPassed)
            .toList());
  }

  /** The outputs by resolution, the largest first. */
  private static List<List<LayerOutput>> resolutions(List<LayerOutput> outputs) {
    List<List<LayerOutput>> resolutions = new ArrayList<>();
    long largest = Long.MAX_VALUE;
    List<Long> sizes =
        outputs.stream()
            .map(LayerOutput::points)
            .filter(points -> points != TensorShape.UNKNOWN)
            .distinct()
            .sorted(Comparator.reverseOrder())
            .toList();
    for (long size : sizes) {
      if (resolutions.isEmpty() || size < NEXT_RESOLUTION * largest) {
        largest = size;
        resolutions.add(new ArrayList<>());
      }
      List<LayerOutput> current = resolutions.get(resolutions.size() - 1);
      outputs.stream().filter(output -> output.points() == size).forEach(current::add);
    }
    resolutions.forEach(each -> each.sort(Comparator.comparingInt(LayerOutput::position)));
    return resolutions;
  }

  private LayerOutput last(List<LayerOutput> resolution) {
    int count = resolution.size();
    return IntStream.range(0, Math.min(count, MOST_TRIED))
        .mapToObj(back -> resolution.get(count - 1 - back))
        .filter(this::isPassed)
        .findFirst()
        .orElse(resolution.get(count - 1));
  }

  /** Whether nothing gets from the inputs to the end beside it. */
  private boolean isPassed(LayerOutput output) {
    boolean[] reached =
        GraphWalk.of(graph)
            .along(graph::consumers, position -> position != output.position())
            .from(starts);
    return !reached[end] || output.position() == end;
  }

  private static List<LayerOutput> thinned(List<LayerOutput> outputs) {
    int count = outputs.size();
    int shown = Math.min(count, MOST_BLOCKS);
    return IntStream.rangeClosed(1, shown)
        .mapToObj(i -> outputs.get(i * count / shown - 1))
        .toList();
  }

  private String op(LayerOutput output) {
    return graph.node(output.position()).getOp();
  }
}
