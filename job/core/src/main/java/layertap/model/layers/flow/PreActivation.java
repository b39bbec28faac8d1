package layertap.model.layers.flow;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.model.layers.Region;

/**
 * Finds what enters the activation function that is part of a layer: the value after the last op
 * that uses weights (and after a change of shape that follows it), if all that comes later depends
 * on it alone.
 *
 * <pre>
 *   x ─▶ Conv2D ─▶ BiasAdd ─▶ Sigmoid ─▶ Mul ─▶ output        swish: BiasAdd is the pre-activation
 *                        └───────────────▲
 * </pre>
 */
public final class PreActivation {
  private static final Set<String> LINEAR =
      Set.of(
          "BiasAdd",
          "Add",
          "AddV2",
          "MatMul",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Conv2D",
          "Conv3D",
          "DepthwiseConv2dNative",
          "Conv2DBackpropInput",
          "Conv3DBackpropInputV2",
          "Einsum");
  private static final Set<String> CHANGES_OF_SHAPE =
      Set.of("Reshape", "Squeeze", "ExpandDims", "Transpose", "BatchToSpaceND");

  private final GraphIndex graph;
  private final boolean[] fromVariables;
  private final boolean[] active;

  /** Prepares for a graph whose inputs are its placeholders. */
  public PreActivation(GraphIndex graph) {
    this.graph = graph;
    this.fromVariables =
        graph.descendantsOf(
            IntStream.range(0, graph.size()).filter(i -> Ops.isVariable(graph.node(i))).toArray());
    this.active = DataFlow.activeNodes(graph);
  }

  /** The tensor; empty if the layer has no activation function of its own. */
  public Optional<TensorId> find(Region region, TensorId output) {
    int end = graph.require(output.node());
    boolean[] before = graph.ancestorsOf(end);
    OptionalInt lastUse =
        IntStream.of(region.positions())
            .filter(i -> before[i] && usesWeights(i))
            .reduce((a, b) -> graph.ancestorsOf(b)[a] ? b : a);
    if (lastUse.isEmpty() || !LINEAR.contains(graph.node(lastUse.getAsInt()).getOp())) {
      return Optional.empty();
    }
    int candidate = afterChangesOfShape(lastUse.getAsInt(), region, end);
    if (candidate == end || !isOnlySource(candidate, region, end)) {
      return Optional.empty();
    }
    TensorId found = new TensorId(graph.node(candidate).getName(), 0);
    return isHandedOn(found, output) ? Optional.empty() : Optional.of(found);
  }

  private boolean usesWeights(int position) {
    return active[position]
        && IntStream.of(graph.sources(position))
            .anyMatch(source -> !active[source] && fromVariables[source]);
  }

  private int afterChangesOfShape(int position, Region region, int end) {
    int current = position;
    for (int next = onlyNext(current, region); next >= 0; next = onlyNext(current, region)) {
      if (current == end || !CHANGES_OF_SHAPE.contains(graph.node(next).getOp())) {
        return current;
      }
      current = next;
    }
    return current;
  }

  /** The one node of the region that takes the value (not merely its shape), or -1. */
  private int onlyNext(int position, Region region) {
    int[] next =
        IntStream.of(graph.consumers(position))
            .filter(region::contains)
            .filter(consumer -> !graph.node(consumer).getOp().equals("Shape"))
            .distinct()
            .toArray();
    return next.length == 1 ? next[0] : -1;
  }

  /** Whether no path reaches {@code end} from outside the region but through the candidate. */
  private boolean isOnlySource(int candidate, Region region, int end) {
    boolean[] reached =
        GraphWalk.of(graph)
            .along(graph::sources, source -> source != candidate && active[source])
            .through(region::contains)
            .from(end);
    return IntStream.range(0, graph.size())
        .allMatch(position -> !reached[position] || position == end || region.contains(position));
  }

  private boolean isHandedOn(TensorId from, TensorId to) {
    TensorId current = to;
    for (int steps = 0; steps < graph.size() && !current.equals(from); steps++) {
      int position = graph.require(current.node());
      if (!Ops.isIdentityOfOne(graph.node(position))) {
        return false;
      }
      current = graph.inputTensor(position, 0);
    }
    return true;
  }
}
