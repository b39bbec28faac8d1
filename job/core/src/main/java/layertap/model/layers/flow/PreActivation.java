package layertap.model.layers.flow;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.Dtype;
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
    int[] uses =
        IntStream.of(region.positions()).filter(i -> before[i] && usesWeights(i)).toArray();
    OptionalInt lastUse =
        IntStream.of(uses).reduce((a, b) -> graph.ancestorsOf(b)[a] ? b : a).stream()
            .filter(use -> LINEAR.contains(graph.node(use).getOp()))
            .findFirst();
    Optional<TensorId> found = after(lastUse, region, output, end);
    return found.isPresent()
        ? found
        : after(dequantization(uses, region, before), region, output, end);
  }

  private Optional<TensorId> after(OptionalInt lastUse, Region region, TensorId output, int end) {
    if (lastUse.isEmpty()) {
      return Optional.empty();
    }
    int candidate = afterChangesOfShape(lastUse.getAsInt(), region, end);
    if (candidate == end || !isOnlySource(candidate, region, output)) {
      return Optional.empty();
    }
    TensorId found = new TensorId(graph.node(candidate).getName(), 0);
    return isHandedOn(found, output) ? Optional.empty() : Optional.of(found);
  }

  /**
   * The first division after all uses of weights, one of which is a product of integers: Keras 3
   * divides what quantized weights give by a product of scales.
   */
  private OptionalInt dequantization(int[] uses, Region region, boolean[] before) {
    if (IntStream.of(uses).noneMatch(this::isProductOfIntegers)) {
      return OptionalInt.empty();
    }
    return IntStream.of(region.positions())
        .filter(i -> before[i] && graph.node(i).getOp().equals("RealDiv"))
        .filter(i -> areAll(uses, graph.ancestorsOf(i)))
        .reduce((a, b) -> graph.ancestorsOf(a)[b] ? b : a);
  }

  private boolean isProductOfIntegers(int position) {
    return LINEAR.contains(graph.node(position).getOp())
        && Dtype.find(graph.outputTypes(position).get(0)).filter(Dtype::isInteger).isPresent();
  }

  private static boolean areAll(int[] positions, boolean[] among) {
    return IntStream.of(positions).allMatch(position -> among[position]);
  }

  /** An IdentityN hands weights on beside values where a function has a gradient of its own. */
  private boolean usesWeights(int position) {
    return active[position]
        && !Ops.isIdentity(graph.node(position))
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

  /** Whether no path reaches the output from outside the region but through the candidate. */
  private boolean isOnlySource(int candidate, Region region, TensorId output) {
    int end = graph.require(output.node());
    boolean[] reached =
        GraphWalk.of(graph)
            .along(
                position -> sourcesOfTaken(position, output),
                source -> source != candidate && active[source])
            .through(region::contains)
            .from(end);
    return IntStream.range(0, graph.size())
        .allMatch(position -> !reached[position] || position == end || region.contains(position));
  }

  /** Of what an IdentityN hands on, only what is taken from it counts. */
  private int[] sourcesOfTaken(int position, TensorId output) {
    if (!Ops.isIdentity(graph.node(position)) || Ops.isIdentityOfOne(graph.node(position))) {
      return graph.sources(position);
    }
    String name = graph.node(position).getName();
    Stream<TensorId> taken =
        IntStream.of(graph.consumers(position))
            .boxed()
            .flatMap(consumer -> graph.inputTensors(consumer).stream());
    return Stream.concat(taken, Stream.of(output))
        .filter(tensor -> tensor.node().equals(name))
        .mapToInt(tensor -> graph.require(graph.inputTensor(position, tensor.index()).node()))
        .distinct()
        .toArray();
  }

  private boolean isHandedOn(TensorId from, TensorId to) {
    TensorId current = to;
    for (int steps = 0; steps < graph.size() && !current.equals(from); steps++) {
      int position = graph.require(current.node());
      if (!Ops.isIdentity(graph.node(position))) {
        return false;
      }
      current = graph.inputTensor(position, current.index());
    }
    return true;
  }
}
