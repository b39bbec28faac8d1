package layertap.model.describe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import layertap.model.layers.Region;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Names the class of a layer as Keras does, or its activation function, where the file does not say
 * it and the ops do. Read-only.
 */
public final class LayerKinds {
  private static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");

  /** They change the form of a tensor, or nothing. */
  private static final Set<String> FORM =
      Set.of("Identity", "Cast", "StopGradient", "NoOp", "Reshape", "Squeeze", "ExpandDims");

  private static final Set<String> AFFINE = Set.of("Mul", "Add", "AddV2", "Sub", "RealDiv");

  private final GraphIndex graph;
  private final boolean[] valued;
  private final Set<List<String>> around = new HashSet<>();

  public LayerKinds(LoadedModel model) {
    this.graph = model.graph();
    this.valued =
        GraphWalk.of(graph)
            .along(graph::consumers, i -> !SIZES.contains(graph.node(i).getOp()))
            .from(graph.feedable());
    for (Layer layer : model.layers().layers()) {
      for (int depth = 1; depth < layer.names().size(); depth++) {
        around.add(layer.names().subList(0, depth));
      }
    }
  }

  /** The class, as {@code Conv2D}, or the function, as {@code swish}; empty if ops do not tell. */
  public Optional<String> of(Layer layer) {
    if (!layer.className().isEmpty()) {
      return Optional.of(layer.className());
    }
    if (around.contains(layer.names()) || layer.calls().isEmpty()) {
      return Optional.empty();
    }
    if (layer.calls().get(0).states().containsKey("cell")) {
      return Optional.of("LSTM");
    }
    if (layer.calls().get(0).states().containsKey("sequence")) {
      return Optional.of("RNN"); // A GRU, SimpleRNN, or other cells in a loop.
    }
    Region region = layer.calls().get(0).region();
    List<Integer> nodes = new ArrayList<>();
    for (int position : region.positions()) {
      if (valued[position] && !isIdle(position)) {
        nodes.add(position);
      }
    }
    List<String> ops = nodes.stream().map(position -> graph.node(position).getOp()).toList();
    return layer.parameterCount() > 0
        ? withWeights(region, nodes, ops).or(() -> withoutWeights(nodes, ops))
        : withoutWeights(nodes, ops).or(() -> withWeights(region, nodes, ops));
  }

  private boolean isIdle(int position) {
    return Ops.waits(graph.node(position)) || graph.node(position).getOp().equals("Cast");
  }

  private Optional<String> withWeights(Region region, List<Integer> nodes, List<String> ops) {
    Optional<String> normalization = normalization(region, nodes, ops);
    if (normalization.isPresent()) {
      return normalization;
    }
    List<String> work = ops.stream().filter(op -> !FORM.contains(op)).toList();
    List<String> convolutions = work.stream().filter(KindsOfOps.CONVOLUTIONS::containsKey).toList();
    if (convolutions.equals(List.of("DepthwiseConv2dNative", "Conv2D"))) {
      return Optional.of("SeparableConv2D");
    }
    if (convolutions.size() == 1) {
      boolean isFlat = ops.contains("ExpandDims") && ops.contains("Squeeze");
      String kind = KindsOfOps.CONVOLUTIONS.get(convolutions.get(0));
      return Optional.of(isFlat ? kind.replace("2D", "1D") : kind);
    }
    long products = work.stream().filter(op -> op.contains("MatMul")).count();
    if (convolutions.isEmpty() && products == 1) {
      return Optional.of("Dense");
    }
    if (convolutions.isEmpty() && work.stream().filter("Einsum"::equals).count() == 1) {
      return Optional.of("EinsumDense");
    }
    return work.contains("ResourceGather") || work.equals(List.of("GatherV2"))
        ? Optional.of("Embedding")
        : Optional.empty();
  }

  private Optional<String> normalization(Region region, List<Integer> nodes, List<String> ops) {
    for (int position : nodes) {
      NodeDef node = graph.node(position);
      if (node.getOp().startsWith("FusedBatchNorm")) {
        // Keras 2 normalises layers with the op for batches, of statistics of its own.
        return Optional.of(isTraining(node) ? "LayerNormalization" : "BatchNormalization");
      }
    }
    boolean isOfStatistics =
        IntStream.of(region.positions())
            .anyMatch(
                i ->
                    !valued[i]
                        && (graph.node(i).getOp().equals("Rsqrt")
                            || graph.node(i).getOp().equals("Sqrt")));
    List<String> work = ops.stream().filter(op -> !FORM.contains(op)).toList();
    if (isOfStatistics && !work.isEmpty() && AFFINE.containsAll(work)) {
      return Optional.of(
          work.contains("RealDiv") && work.contains("Sub")
              ? "Normalization"
              : "BatchNormalization");
    }
    boolean isOfLayer = work.contains("Mean") && (work.contains("Rsqrt") || work.contains("Sqrt"));
    return isOfLayer && !ops.contains("Reshape")
        ? Optional.of("LayerNormalization")
        : Optional.empty();
  }

  /** As the op does unless it is told. */
  private static boolean isTraining(NodeDef node) {
    AttrValue training = node.getAttrMap().get("is_training");
    return training == null || training.getB();
  }

  private Optional<String> withoutWeights(List<Integer> nodes, List<String> ops) {
    List<String> work = ops.stream().filter(op -> !FORM.contains(op)).toList();
    if (work.isEmpty()) {
      return ops.contains("Reshape")
          ? Optional.of(isFlat(nodes.get(nodes.size() - 1)) ? "Flatten" : "Reshape")
          : Optional.empty();
    }
    if (work.size() == 1) {
      int only = nodes.get(ops.indexOf(work.get(0)));
      return single(only, work.get(0), ops.contains("ExpandDims") && ops.contains("Squeeze"));
    }
    Set<String> set = Set.copyOf(work);
    if (set.equals(Set.of("Sigmoid", "Mul")) && work.size() == 2) {
      return Optional.of("swish");
    }
    if (work.size() == 2 && set.contains("Mul") && (set.contains("AddV2") || set.contains("Sub"))) {
      return nodes.stream().allMatch(i -> FORM.contains(graph.node(i).getOp()) || operands(i) == 1)
          ? Optional.of("Rescaling")
          : Optional.empty();
    }
    if (set.equals(Set.of("Sub", "RealDiv"))) {
      return Optional.of("Normalization");
    }
    boolean isErf = set.contains("Erf") || set.contains("Erfc");
    return isErf && set.contains("Mul") ? Optional.of("gelu") : Optional.empty();
  }

  private Optional<String> single(int position, String op, boolean isFlat) {
    String merge = KindsOfOps.MERGES.get(op);
    if (merge != null) {
      return operands(position) > 1 ? Optional.of(merge) : Optional.empty();
    }
    if (op.equals("Mean") || op.equals("Max")) {
      return pooling(position, op.equals("Mean") ? "GlobalAveragePooling" : "GlobalMaxPooling");
    }
    if (op.equals("Pad")) {
      int rank = rank(new TensorId(graph.node(position).getName(), 0));
      return rank > 2 ? Optional.of("ZeroPadding%sD".formatted(rank - 2)) : Optional.empty();
    }
    return Optional.ofNullable(KindsOfOps.SINGLE.get(op))
        .map(kind -> isFlat ? kind.replace("2D", "1D") : kind);
  }

  /** A mean of all axes but the first and the last one. */
  private Optional<String> pooling(int position, String name) {
    int rank = rank(graph.inputTensor(position, 0));
    List<Long> axes =
        TensorValues.wholeNumbers(graph.node(graph.sources(position)[1])).stream()
            .map(axis -> axis < 0 ? axis + rank : axis)
            .sorted()
            .toList();
    List<Long> inner = IntStream.range(1, Math.max(1, rank - 1)).mapToObj(i -> (long) i).toList();
    return !inner.isEmpty() && axes.equals(inner)
        ? Optional.of("%s%sD".formatted(name, rank - 2))
        : Optional.empty();
  }

  private long operands(int position) {
    return IntStream.of(graph.sources(position)).filter(source -> valued[source]).count();
  }

  private boolean isFlat(int position) {
    return rank(new TensorId(graph.node(position).getName(), 0)) == 2;
  }

  private int rank(TensorId tensor) {
    return graph
        .notedShape(tensor)
        .map(TensorShape::of)
        .map(shape -> shape.sizes().size())
        .orElse(0);
  }
}
