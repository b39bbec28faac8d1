package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Which tensors of a graph depend on nothing that is fed, and their shapes. TensorFlow computes
 * them once, when the session is opened.
 */
final class ConstantTensors {
  /** Ops of one value for each value of their inputs. */
  private static final Set<String> ELEMENTWISE =
      Set.of("Mul", "Add", "AddV2", "Sub", "RealDiv", "Rsqrt", "Sqrt", "Neg", "Identity");

  /** Far more than what stands between a variable and its use. */
  private static final int DEEPEST = 32;

  private final WorkingGraph graph;
  private final Map<String, TensorShape> variables;
  private final Map<String, Optional<TensorShape>> known = new HashMap<>();

  /**
   * Looks at a graph.
   *
   * @param variables shapes of constants that have no value yet
   */
  ConstantTensors(WorkingGraph graph, Map<String, TensorShape> variables) {
    this.graph = graph;
    this.variables = variables;
  }

  /** The shape of a tensor that is constant; empty where it may not be, or its shape is unknown. */
  Optional<TensorShape> shape(String input) {
    TensorId tensor = TensorId.parse(input);
    return tensor.index() == 0 ? shape(tensor.node(), 0) : Optional.empty();
  }

  /**
   * The shape of a constant with one value for each channel, such as [C] or [1, 1, C]; empty if it
   * is none. More axes than the other operand has would add some.
   */
  Optional<TensorShape> perChannel(String input, long channels, int mostAxes) {
    return shape(input)
        .filter(TensorShape::isFullyKnown)
        .filter(shape -> !shape.sizes().isEmpty() && shape.sizes().size() <= mostAxes)
        .filter(shape -> shape.sizes().get(shape.sizes().size() - 1) == channels)
        .filter(shape -> shape.elementCount() == channels);
  }

  /** The channels that a node gives as constants tell, a matrix or sizes; empty for others. */
  Optional<Long> channelsOf(NodeDef node) {
    return switch (node.getOp()) {
      case "GatherV2" -> vectorSize(node);
      case "Conv2DBackpropInput" -> transposedChannels(node);
      default -> Optional.empty();
    };
  }

  /** As its first input says, the sizes that come out: a kernel has those of one group alone. */
  private Optional<Long> transposedChannels(NodeDef convolution) {
    return graph
        .source(convolution, 0)
        .filter(sizes -> Convolution.isChannelsLast(convolution))
        .flatMap(
            sizes ->
                sizes.getOp().equals("Pack")
                    ? graph.source(sizes, Convolution.RANK - 1)
                    : Optional.of(sizes))
        .map(TensorValues::wholeNumbers)
        .filter(sizes -> !sizes.isEmpty())
        .map(sizes -> sizes.get(sizes.size() - 1));
  }

  /** The size of the rows that a look-up takes from a constant matrix. */
  private Optional<Long> vectorSize(NodeDef lookUp) {
    return graph
        .source(lookUp, 2)
        .map(TensorValues::wholeNumbers)
        .filter(axis -> axis.equals(List.of(0L)))
        .flatMap(axis -> shape(lookUp.getInput(0)))
        .filter(table -> table.sizes().size() == 2)
        .map(table -> table.sizes().get(1));
  }

  private Optional<TensorShape> shape(String name, int depth) {
    Optional<TensorShape> seen = known.get(name);
    if (seen == null) {
      seen = graph.find(name).flatMap(node -> find(node, depth));
      known.put(name, seen);
    }
    return seen;
  }

  private Optional<TensorShape> find(NodeDef node, int depth) {
    if (!WorkingGraph.isPlain(node) || depth > DEEPEST) {
      return Optional.empty();
    }
    if (Ops.isConstant(node)) {
      TensorShape own = variables.get(node.getName());
      return Optional.of(
          own != null
              ? own
              : TensorShape.of(node.getAttrOrThrow("value").getTensor().getTensorShape()));
    }
    if (node.getOp().equals("Reshape")) {
      return shape(TensorId.nodeOf(node.getInput(0)), depth + 1)
          .flatMap(any -> graph.source(node, 1))
          .map(TensorValues::wholeNumbers)
          .map(TensorShape::of)
          .filter(TensorShape::isFullyKnown);
    }
    if (node.getOp().equals("Squeeze")) {
      return shape(TensorId.nodeOf(node.getInput(0)), depth + 1)
          .filter(TensorShape::isFullyKnown)
          .map(shape -> squeezed(shape, node));
    }
    if (node.getOp().equals("ExpandDims")) {
      return shape(TensorId.nodeOf(node.getInput(0)), depth + 1)
          .filter(TensorShape::isFullyKnown)
          .flatMap(shape -> expanded(shape, node));
    }
    if (!ELEMENTWISE.contains(node.getOp())) {
      return Optional.empty();
    }
    Optional<TensorShape> whole = Optional.of(TensorShape.of(List.of()));
    for (String input : node.getInputList()) {
      Optional<TensorShape> operand =
          TensorId.parse(input).index() == 0
              ? shape(TensorId.nodeOf(input), depth + 1)
              : Optional.empty();
      whole = whole.flatMap(one -> operand.flatMap(other -> broadcast(one, other)));
    }
    return whole;
  }

  private Optional<TensorShape> expanded(TensorShape shape, NodeDef node) {
    List<Long> sizes = new ArrayList<>(shape.sizes());
    return expandedAxis(node, sizes.size())
        .map(
            axis -> {
              sizes.add(axis, 1L);
              return TensorShape.of(sizes);
            });
  }

  /** Which axis an {@code ExpandDims} of a tensor of that rank adds, if it is a constant. */
  Optional<Integer> expandedAxis(NodeDef node, int rank) {
    return graph
        .source(node, 1)
        .map(TensorValues::wholeNumbers)
        .filter(axes -> axes.size() == 1)
        .map(axes -> Math.toIntExact(axes.get(0)))
        .map(axis -> axis < 0 ? axis + rank + 1 : axis)
        .filter(axis -> axis >= 0 && axis <= rank);
  }

  private static TensorShape squeezed(TensorShape shape, NodeDef squeeze) {
    int rank = shape.sizes().size();
    List<Long> axes =
        squeeze
            .getAttrOrDefault("squeeze_dims", AttrValue.getDefaultInstance())
            .getList()
            .getIList()
            .stream()
            .map(axis -> axis < 0 ? axis + rank : axis)
            .toList();
    List<Long> sizes = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      long size = shape.sizes().get(axis);
      if (size != 1 || (!axes.isEmpty() && !axes.contains((long) axis))) {
        sizes.add(size);
      }
    }
    return TensorShape.of(sizes);
  }

  private static Optional<TensorShape> broadcast(TensorShape one, TensorShape other) {
    if (!one.isFullyKnown() || !other.isFullyKnown()) {
      return Optional.empty();
    }
    int rank = Math.max(one.sizes().size(), other.sizes().size());
    List<Long> sizes = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      long a = size(one, axis - rank + one.sizes().size());
      long b = size(other, axis - rank + other.sizes().size());
      if (a != b && a != 1 && b != 1) {
        return Optional.empty();
      }
      sizes.add(a == 1 ? b : a);
    }
    return Optional.of(TensorShape.of(sizes));
  }

  private static long size(TensorShape shape, int axis) {
    return axis < 0 ? 1 : shape.sizes().get(axis);
  }
}
