package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Follows the numbers of an input through ops that only scale, move or reorder them, up to the ops
 * that do more: the first of the model's own.
 *
 * <pre>
 *   input ─▶ Cast ─▶ Mul 1/127.5 ─▶ AddV2 -1 ─▶ Conv2D      x / 127.5 - 1, taken by Conv2D
 * </pre>
 */
final class PixelFlow {
  /** Enough for a step on each of a few channels. */
  private static final int MOST_STEPS = 500;

  private static final Set<String> PASSING =
      Set.of(
          "Cast",
          "CheckNumerics",
          "EnsureShape",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "ResizeArea",
          "ResizeBicubic",
          "ScaleAndTranslate");

  private static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");

  private final GraphIndex graph;
  private final ConstantValues constants;
  private final Map<TensorId, Pixels> pixels = new LinkedHashMap<>();
  private final Map<Integer, TensorId> firstUses = new LinkedHashMap<>();

  private PixelFlow(GraphIndex graph, ConstantValues constants) {
    this.graph = graph;
    this.constants = constants;
  }

  /** A node that takes the numbers for more than scaling. */
  record FirstUse(int position, Pixels pixels) {}

  /** The first uses of what is fed into a tensor, in the order of the graph. */
  static List<FirstUse> from(
      TensorId input, Pixels fed, GraphIndex graph, ConstantValues constants) {
    PixelFlow flow = new PixelFlow(graph, constants);
    flow.follow(input, fed);
    List<FirstUse> uses = new ArrayList<>();
    flow.firstUses.forEach(
        (position, tensor) -> uses.add(new FirstUse(position, flow.pixels.get(tensor))));
    return uses;
  }

  private void follow(TensorId input, Pixels fed) {
    pixels.put(input, fed);
    TreeSet<Integer> waiting = new TreeSet<>();
    addConsumers(input, waiting);
    Set<Integer> blocked = new TreeSet<>();
    for (int steps = 0; !waiting.isEmpty() && steps < MOST_STEPS; steps++) {
      int position = waiting.pollFirst();
      Optional<List<Pixels>> results = results(position);
      if (results.isEmpty()) {
        blocked.add(position);
        continue;
      }
      blocked.remove(position);
      for (int output = 0; output < results.get().size(); output++) {
        TensorId tensor = new TensorId(graph.node(position).getName(), output);
        Pixels result = results.get().get(output);
        if (result != null && pixels.putIfAbsent(tensor, result) == null) {
          // What waits for another of its inputs gets its turn again.
          addConsumers(tensor, waiting);
        }
      }
    }
    blocked.addAll(waiting);
    for (int position : blocked) {
      graph.inputTensors(position).stream()
          .filter(pixels::containsKey)
          .findFirst()
          .ifPresent(tensor -> firstUses.put(position, tensor));
    }
  }

  private void addConsumers(TensorId tensor, Set<Integer> waiting) {
    for (int consumer : graph.consumers(graph.require(tensor.node()))) {
      if (graph.inputTensors(consumer).contains(tensor)
          && !SIZES.contains(graph.node(consumer).getOp())) {
        waiting.add(consumer);
      }
    }
  }

  /**
   * What the node makes of the pixels, for each output, null where that is not known yet; empty if
   * it does more than scale and move them.
   */
  private Optional<List<Pixels>> results(int position) {
    NodeDef node = graph.node(position);
    List<TensorId> inputs = graph.inputTensors(position);
    if (inputs.isEmpty()) {
      return Optional.empty();
    }
    if (Ops.isIdentity(node) && !Ops.isIdentityOfOne(node)) {
      List<Pixels> all = new ArrayList<>();
      inputs.forEach(input -> all.add(pixels.get(input)));
      return Optional.of(all);
    }
    Pixels first = pixels.get(inputs.get(0));
    return switch (node.getOp()) {
      case "Split" ->
          inputs.size() == 2 && pixels.containsKey(inputs.get(1))
              ? constants
                  .of(inputs.get(0))
                  .flatMap(
                      axis ->
                          ChannelMoves.split(
                              pixels.get(inputs.get(1)), axis, (int) number(node, "num_split")))
              : Optional.empty();
      case "Unpack" ->
          first == null ? Optional.empty() : ChannelMoves.unstacked(first, number(node, "axis"));
      default -> result(node, inputs, first).map(List::of);
    };
  }

  private Optional<Pixels> result(NodeDef node, List<TensorId> inputs, Pixels first) {
    if (Ops.isIdentityOfOne(node)
        || PASSING.contains(node.getOp())
        || (Ops.passesFirst(node) && inputs.size() == 1)) {
      return Optional.ofNullable(first);
    }
    return switch (node.getOp()) {
      case "Add", "AddV2", "Mul" -> sumOrProduct(node, inputs);
      case "Sub" -> difference(inputs);
      case "RealDiv", "Div", "DivNoNan" ->
          with(first, inputs, 1).flatMap(constant -> first.times(each(constant, x -> 1 / x)));
      case "Neg" -> Optional.ofNullable(first).flatMap(one -> one.times(scalar(-1)));
      case "BiasAdd" -> bias(node, inputs, first);
      case "ReverseV2" ->
          with(first, inputs, 1).flatMap(axes -> ChannelMoves.reversed(first, axes));
      case "Transpose" ->
          with(first, inputs, 1).flatMap(order -> ChannelMoves.transposed(first, order));
      case "ExpandDims" ->
          with(first, inputs, 1).flatMap(axis -> ChannelMoves.expanded(first, axis));
      case "GatherV2" ->
          with(first, inputs, 1)
              .flatMap(
                  indices ->
                      constants
                          .of(inputs.get(2))
                          .flatMap(axis -> ChannelMoves.gathered(first, indices, axis)));
      case "StridedSlice" -> sliced(node, inputs, first);
      case "Pack" -> joined(inputs, number(node, "axis"), true);
      case "ConcatV2" ->
          constants
              .of(inputs.get(inputs.size() - 1))
              .flatMap(
                  axis ->
                      joined(inputs.subList(0, inputs.size() - 1), (long) axis.values()[0], false));
      default -> Optional.empty();
    };
  }

  private Optional<Values> with(Pixels first, List<TensorId> inputs, int constant) {
    return first == null || inputs.size() <= constant
        ? Optional.empty()
        : constants.of(inputs.get(constant));
  }

  private Optional<Pixels> sumOrProduct(NodeDef node, List<TensorId> inputs) {
    int own = pixels.containsKey(inputs.get(0)) ? 0 : 1;
    Pixels taken = pixels.get(inputs.get(own));
    return with(taken, inputs, 1 - own)
        .flatMap(
            constant -> node.getOp().equals("Mul") ? taken.times(constant) : taken.plus(constant));
  }

  private Optional<Pixels> difference(List<TensorId> inputs) {
    Pixels first = pixels.get(inputs.get(0));
    if (first != null) {
      return with(first, inputs, 1).flatMap(constant -> first.plus(each(constant, x -> -x)));
    }
    Pixels second = pixels.get(inputs.get(1));
    return with(second, inputs, 0)
        .flatMap(constant -> second.times(scalar(-1)).flatMap(minus -> minus.plus(constant)));
  }

  /** Along the last axis, or along the second one where the op says so. */
  private Optional<Pixels> bias(NodeDef node, List<TensorId> inputs, Pixels first) {
    String format =
        node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return format.equals("NCHW")
        ? Optional.empty()
        : with(first, inputs, 1).flatMap(constant -> first.plus(constant));
  }

  private Optional<Pixels> sliced(NodeDef node, List<TensorId> inputs, Pixels first) {
    List<Values> bounds = new ArrayList<>();
    for (int i = 1; i < inputs.size(); i++) {
      constants.of(inputs.get(i)).ifPresent(bounds::add);
    }
    return first == null || bounds.size() != 3
        ? Optional.empty()
        : ChannelMoves.sliced(first, node, bounds);
  }

  private Optional<Pixels> joined(List<TensorId> inputs, long axis, boolean isNewAxis) {
    return inputs.stream().allMatch(pixels::containsKey)
        ? Pixels.joined(inputs.stream().map(pixels::get).toList(), (int) axis, isNewAxis)
        : Optional.empty();
  }

  private static Values each(Values values, DoubleUnaryOperator op) {
    return new Values(values.shape(), Arrays.stream(values.values()).map(op).toArray());
  }

  private static Values scalar(double value) {
    return new Values(List.of(), new double[] {value});
  }

  private static long number(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getI();
  }
}
