package layertap.model.describe;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * How many pixels of the image lie between two neighbours of a map: the product of the strides on
 * the way to it, as far as that goes. Read-only.
 */
public final class Reductions {
  /** Axes of a map: batch, height, width, channels. */
  private static final int MAP_RANK = 4;

  private static final Set<String> STRIDED =
      Set.of(
          "Conv2D",
          "Conv3D",
          "DepthwiseConv2dNative",
          "MaxPool",
          "MaxPoolWithArgmax",
          "MaxPool3D",
          "AvgPool",
          "AvgPool3D");

  private static final Set<String> ENLARGING =
      Set.of("Conv2DBackpropInput", "Conv3DBackpropInputV2");

  private static final Set<String> REDUCING = Set.of("Mean", "Max", "Sum", "Min", "Prod");

  private static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");

  private final GraphIndex graph;

  /** Of the outputs of each node; 0 where there is no map. */
  private final double[] strides;

  public Reductions(GraphIndex graph) {
    this.graph = graph;
    this.strides = new double[graph.size()];
    for (int position : inOrder()) {
      strides[position] = stride(position);
    }
  }

  /** Of a tensor [rows, height, width, channels]; empty if it is no map of an image. */
  public OptionalInt of(TensorId tensor) {
    double stride = strides[graph.require(tensor.node())];
    boolean isWhole = stride >= 1 && stride == Math.rint(stride);
    boolean isMap = rank(tensor) == 0 || rank(tensor) >= MAP_RANK;
    return isWhole && isMap ? OptionalInt.of((int) stride) : OptionalInt.empty();
  }

  /** Positions, each after those whose outputs it takes; what is in a loop is left out. */
  private int[] inOrder() {
    int[] missing = new int[graph.size()];
    int[] order = new int[graph.size()];
    int count = 0;
    for (int i = 0; i < graph.size(); i++) {
      missing[i] = graph.sources(i).length;
      if (missing[i] == 0) {
        order[count++] = i;
      }
    }
    for (int next = 0; next < count; next++) {
      for (int consumer : graph.consumers(order[next])) {
        if (--missing[consumer] == 0) {
          order[count++] = consumer;
        }
      }
    }
    return Arrays.copyOf(order, count);
  }

  private double stride(int position) {
    NodeDef node = graph.node(position);
    if (Ops.mayBeFed(node) && graph.sources(position).length == 0) {
      return isImage(position) ? 1 : 0;
    }
    double taken =
        IntStream.of(graph.sources(position)).mapToDouble(i -> strides[i]).max().orElse(0);
    TensorId output = new TensorId(node.getName(), 0);
    int rank = rank(output);
    if (taken == 0 || SIZES.contains(node.getOp()) || (rank > 0 && rank < MAP_RANK)) {
      return 0;
    }
    if (STRIDED.contains(node.getOp())) {
      return taken * strideOf(node);
    }
    if (ENLARGING.contains(node.getOp())) {
      return taken / strideOf(node);
    }
    if (REDUCING.contains(node.getOp())) {
      return axes(position, 1).stream().anyMatch(axis -> axis == 1 || axis == 2) ? 0 : taken;
    }
    if (node.getOp().startsWith("Resize")) {
      return resized(position, taken);
    }
    return switch (node.getOp()) {
      case "SpaceToDepth" -> taken * number(node, "block_size");
      case "DepthToSpace" -> taken / number(node, "block_size");
      default -> taken;
    };
  }

  private boolean isImage(int position) {
    TensorShape shape =
        graph
            .notedShape(new TensorId(graph.node(position).getName(), 0))
            .map(TensorShape::of)
            .orElseGet(() -> declared(graph.node(position)));
    return shape.isRankKnown() && shape.sizes().size() >= MAP_RANK;
  }

  private static TensorShape declared(NodeDef node) {
    AttrValue shape = node.getAttrMap().get("shape");
    return shape == null ? TensorShape.unknown() : TensorShape.of(shape.getShape());
  }

  private static long strideOf(NodeDef node) {
    List<Long> strides =
        node.getAttrOrDefault("strides", AttrValue.getDefaultInstance()).getList().getIList();
    String format =
        node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    int height = format.startsWith("NC") ? 2 : 1;
    return strides.size() > height ? strides.get(height) : 1;
  }

  private static long number(NodeDef node, String attribute) {
    return Math.max(1, node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getI());
  }

  private List<Long> axes(int position, int input) {
    int rank = rank(graph.inputTensor(position, 0));
    return TensorValues.wholeNumbers(graph.node(graph.sources(position)[input])).stream()
        .map(axis -> axis < 0 ? axis + rank : axis)
        .toList();
  }

  private double resized(int position, double taken) {
    long before = height(graph.inputTensor(position, 0));
    long after = height(new TensorId(graph.node(position).getName(), 0));
    return before > 0 && after > 0 ? taken * before / after : 0;
  }

  private long height(TensorId tensor) {
    List<Long> sizes = sizes(tensor);
    return sizes.size() == MAP_RANK ? sizes.get(1) : 0;
  }

  private int rank(TensorId tensor) {
    return sizes(tensor).size();
  }

  private List<Long> sizes(TensorId tensor) {
    return graph.notedShape(tensor).map(TensorShape::of).map(TensorShape::sizes).orElse(List.of());
  }
}
