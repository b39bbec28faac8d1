package layertap.model.describe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.Region;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * How many operations a row takes: two for each product of a convolution or a matrix that is added
 * up. What is computed number by number does not count. Of a loop at most one step does: a
 * recurrent layer's is there before the loop, too, as Keras traced it. Read-only.
 */
public final class ComputeCosts {
  private static final long OPEN = -1;

  private final GraphIndex graph;
  private final boolean[] active;
  private final long[] costs;

  public ComputeCosts(GraphIndex graph) {
    this.graph = graph;
    this.active = graph.descendantsOf(graph.feedable());
    this.costs = IntStream.range(0, graph.size()).mapToLong(this::cost).toArray();
  }

  /** Of one call of a layer; empty if a size is open on which it depends. */
  public OptionalLong of(LayerCall call) {
    return sum(IntStream.of(call.region().positions()));
  }

  /** Of all that the graph computes; empty if a size is open. */
  public OptionalLong total() {
    return sum(IntStream.range(0, graph.size()));
  }

  /** Of all calls of some layers, where a node that is part of several counts once. */
  public OptionalLong of(List<Layer> layers) {
    return sum(
        layers.stream()
            .flatMap(layer -> layer.calls().stream())
            .map(LayerCall::region)
            .map(Region::positions)
            .flatMapToInt(IntStream::of)
            .distinct());
  }

  /** Whether what the graph computes may be more, as it has loops. */
  public boolean isOfSteps() {
    return IntStream.range(0, graph.size())
        .mapToObj(graph::node)
        .anyMatch(node -> Ops.calls(node) == Ops.Calls.LOOP || node.getOp().equals("LoopCond"));
  }

  private OptionalLong sum(IntStream positions) {
    long[] all = positions.mapToLong(position -> costs[position]).toArray();
    return LongStream.of(all).anyMatch(cost -> cost == OPEN)
        ? OptionalLong.empty()
        : OptionalLong.of(LongStream.of(all).sum());
  }

  private long cost(int position) {
    if (!active[position]) {
      return 0;
    }
    NodeDef node = graph.node(position);
    TensorId output = new TensorId(node.getName(), 0);
    return switch (node.getOp()) {
      case "Conv2D", "Conv3D" -> times(elements(sizes(output)), ofFilter(position, true));
      case "DepthwiseConv2dNative" -> times(elements(sizes(output)), ofFilter(position, false));
      case "Conv2DBackpropInput", "Conv3DBackpropInputV2" -> transposed(position);
      case "MatMul" -> product(position, output, "transpose_a");
      case "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3" -> product(position, output, "adj_x");
      case "Einsum" -> einsum(position);
      default -> 0;
    };
  }

  /** For each number that comes out: the places of the filter, times the channels that go in. */
  private long ofFilter(int position, boolean isOverChannels) {
    List<Long> filter = sizes(graph.inputTensor(position, 1));
    if (filter.size() < 3) {
      return OPEN;
    }
    return all(filter.subList(0, filter.size() - (isOverChannels ? 1 : 2)));
  }

  private long transposed(int position) {
    List<Long> filter = sizes(graph.inputTensor(position, 1));
    List<Long> taken = sizes(graph.inputTensor(position, 2));
    if (filter.isEmpty() || taken.size() < 3) {
      return OPEN;
    }
    return times(elements(taken.subList(0, taken.size() - 1)), all(filter));
  }

  private long product(int position, TensorId output, String transposed) {
    List<Long> first = sizes(graph.inputTensor(position, 0));
    if (first.size() < 2) {
      return OPEN;
    }
    boolean isTransposed =
        graph.node(position).getAttrOrDefault(transposed, AttrValue.getDefaultInstance()).getB();
    long inner = first.get(first.size() - (isTransposed ? 2 : 1));
    long places = places(position, inner);
    return inner < 0 || places == OPEN ? OPEN : times(elements(sizes(output)), inner * places);
  }

  /**
   * How many rows of the matrix one row of the batch has: all steps of a sequence in one matrix.
   */
  private long places(int position, long inner) {
    int source = graph.sources(position)[0];
    if (!graph.node(source).getOp().equals("Reshape")) {
      return 1;
    }
    List<Long> whole = sizes(graph.inputTensor(source, 0));
    boolean isSameRow = whole.size() > 2 && whole.get(whole.size() - 1) == inner;
    return isSameRow ? all(whole.subList(1, whole.size() - 1)) : 1;
  }

  /** The product of the sizes of all indexes. */
  private long einsum(int position) {
    String equation =
        graph
            .node(position)
            .getAttrOrDefault("equation", AttrValue.getDefaultInstance())
            .getS()
            .toStringUtf8();
    String[] operands = equation.replaceAll("->.*", "").split(",");
    Map<Character, Long> sizes = new HashMap<>();
    for (int i = 0; i < operands.length; i++) {
      List<Long> own = sizes(graph.inputTensor(position, i));
      if (equation.contains(".") || own.size() != operands[i].length()) {
        return OPEN;
      }
      for (int axis = 0; axis < own.size(); axis++) {
        boolean isBatch = i == 0 && axis == 0;
        long size = isBatch ? 1 : own.get(axis);
        sizes.merge(operands[i].charAt(axis), size, Math::max);
      }
    }
    return operands.length < 2 ? 0 : times(all(new ArrayList<>(sizes.values())), 1);
  }

  /** Two operations for each. */
  private static long times(long elements, long products) {
    return elements == OPEN || products == OPEN ? OPEN : 2 * elements * products;
  }

  /** How many numbers a row has. */
  private static long elements(List<Long> sizes) {
    return sizes.isEmpty() ? OPEN : all(sizes.subList(1, sizes.size()));
  }

  private static long all(List<Long> sizes) {
    return sizes.contains(TensorShape.UNKNOWN) ? OPEN : sizes.stream().reduce(1L, (a, b) -> a * b);
  }

  private List<Long> sizes(TensorId tensor) {
    TensorShape noted = graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
    if (noted.isFullyKnown()) {
      return noted.sizes();
    }
    int source = graph.require(Identities.source(graph, tensor).node());
    if (Ops.readsVariable(graph.node(source)) && graph.sources(source).length == 1) {
      source = graph.require(Identities.source(graph, graph.inputTensor(source, 0)).node());
    }
    NodeDef node = graph.node(source);
    AttrValue shape = node.getAttrMap().get("shape");
    if (Ops.isVariable(node) && shape != null) {
      return TensorShape.of(shape.getShape()).sizes();
    }
    return Ops.isConstant(node)
        ? TensorShape.of(node.getAttrOrThrow("value").getTensor().getTensorShape()).sizes()
        : noted.sizes();
  }
}
