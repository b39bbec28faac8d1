package layertap.graph.fold;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import layertap.graph.rewrite.LoopBody;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * How many steps a loop gives, where the shapes of what it takes say. TensorFlow's inference does
 * not follow a list through a loop:
 *
 * <pre>
 *   x [10, ?, 4] ─▶ Shape ─▶ StridedSlice ─▶ TensorListReserve ─▶ While ─▶ TensorListStack [?, ?, 8]
 *                                                10 elements      sets them      of 10 elements
 * </pre>
 */
public final class StepCounts {
  private static final Set<String> STACKS = Set.of("TensorListStack", "TensorArrayGatherV3");
  private static final String COUNT = "num_elements";
  private static final String LIMIT = "/layertap_limit";

  /** Nodes in a row; what is further away is not looked at. */
  private static final int MAX_DEPTH = 100;

  private final GraphDef graph;
  private final FunctionLibrary functions;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Function<TensorId, TensorShape> shapes;

  private StepCounts(GraphDef graph, Function<TensorId, TensorShape> shapes) {
    this.graph = graph;
    this.functions = new FunctionLibrary(graph.getLibrary());
    this.shapes = shapes;
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * A graph that says how many elements its lists and arrays have when they are stacked, so that
   * more shapes can be inferred from it.
   *
   * @param shapes as they are known without that
   * @return empty if no more is known than the graph says already
   */
  public static Optional<GraphDef> note(GraphDef graph, Function<TensorId, TensorShape> shapes) {
    return new StepCounts(graph, shapes).note();
  }

  private Optional<GraphDef> note() {
    if (graph.getNodeList().stream().noneMatch(node -> STACKS.contains(node.getOp()))) {
      return Optional.empty();
    }
    GraphDef.Builder noted = graph.toBuilder();
    boolean isMore = false;
    for (int position = 0; position < graph.getNodeCount(); position++) {
      NodeDef node = graph.getNode(position);
      OptionalLong count = openCount(node);
      if (count.isPresent() && node.getOp().equals("TensorListStack")) {
        AttrValue elements = AttrValue.newBuilder().setI(count.getAsLong()).build();
        noted.setNode(position, node.toBuilder().putAttr(COUNT, elements));
        isMore = true;
      } else if (count.isPresent()) {
        NodeDef range = nodes.get(TensorId.nodeOf(node.getInput(1)));
        String limit = node.getName() + LIMIT;
        noted.addNode(limit(limit, count.getAsLong()));
        noted.addNode(range.toBuilder().setName(indices(node)).setInput(1, limit));
        noted.setNode(position, node.toBuilder().setInput(1, indices(node)));
        isMore = true;
      }
    }
    return isMore ? Optional.of(noted.build()) : Optional.empty();
  }

  private static String indices(NodeDef gather) {
    return gather.getName() + "/layertap_indices";
  }

  private static NodeDef limit(String name, long count) {
    AttrValue type = AttrValue.newBuilder().setType(DataType.DT_INT32).build();
    AttrValue.Builder value = AttrValue.newBuilder();
    value.getTensorBuilder().setDtype(type.getType()).addIntVal(Math.toIntExact(count));
    value.getTensorBuilder().setTensorShape(TensorShape.of(List.of()).toProto());
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", type)
        .putAttr("value", value.build())
        .build();
  }

  /** Of a node that stacks elements and does not say how many. */
  private OptionalLong openCount(NodeDef node) {
    if (node.getOp().equals("TensorListStack") && node.getInputCount() > 0) {
      AttrValue said = node.getAttrMap().get(COUNT);
      return said == null || said.getI() < 0 ? elements(input(node, 0), 0) : OptionalLong.empty();
    }
    if (node.getOp().equals("TensorArrayGatherV3") && node.getInputCount() > 1) {
      NodeDef range = nodes.get(TensorId.nodeOf(node.getInput(1)));
      boolean isOfAll =
          range != null
              && range.getOp().equals("Range")
              && range.getInputCount() >= 3
              && constant(input(range, 0)).equals(OptionalLong.of(0))
              && constant(input(range, 2)).equals(OptionalLong.of(1))
              && constant(input(range, 1)).isEmpty()
              && isOfInts(range);
      return isOfAll ? number(input(range, 1), 0) : OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  private static boolean isOfInts(NodeDef range) {
    DataType type = range.getAttrOrDefault("Tidx", AttrValue.getDefaultInstance()).getType();
    // Where the attribute is left out, it is the default.
    return type == DataType.DT_INT32 || type == DataType.DT_INVALID;
  }

  private static TensorId input(NodeDef node, int position) {
    return TensorId.parse(node.getInput(position));
  }

  private OptionalLong constant(TensorId tensor) {
    NodeDef node = nodes.get(tensor.node());
    List<Long> values = node == null ? List.of() : TensorValues.wholeNumbers(node);
    boolean isOne = values.size() == 1 && Math.abs(values.get(0)) <= Integer.MAX_VALUE;
    return isOne ? OptionalLong.of(values.get(0)) : OptionalLong.empty();
  }

  /** Of a list, after whatever a loop does to it. */
  private OptionalLong elements(TensorId list, int depth) {
    NodeDef node = nodes.get(list.node());
    if (node == null || depth > MAX_DEPTH) {
      return OptionalLong.empty();
    }
    if (Ops.calls(node) == Ops.Calls.LOOP) {
      return keepsLength(node, list.index())
          ? elements(input(node, list.index()), depth + 1)
          : OptionalLong.empty();
    }
    if (Ops.isIdentityOfOne(node) || setsElement(node)) {
      return elements(input(node, 0), depth + 1);
    }
    return switch (node.getOp()) {
      case "TensorListReserve" -> number(input(node, 1), depth + 1);
      case "TensorListFromTensor" -> size(input(node, 0), 0);
      default -> OptionalLong.empty();
    };
  }

  private static boolean setsElement(NodeDef node) {
    return node.getOp().equals("TensorListSetItem")
        && !node.getAttrOrDefault("resize_if_index_out_of_bounds", AttrValue.getDefaultInstance())
            .getB();
  }

  /** Whether all that a step does to a list is to set elements of it. */
  private boolean keepsLength(NodeDef loop, int variable) {
    Optional<LoopBody> body = LoopBody.of(loop, "body", functions);
    if (body.isEmpty() || variable >= body.get().variableCount()) {
      return false;
    }
    String value = body.get().next(variable);
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (value.equals(body.get().variable(variable).getName())) {
        return true;
      }
      Optional<NodeDef> set = body.get().producer(value).filter(StepCounts::setsElement);
      if (set.isEmpty()) {
        return false;
      }
      value = body.get().inputs(set.get()).get(0);
    }
    return false;
  }

  /** A whole number that a graph computes from constants and shapes. */
  private OptionalLong number(TensorId tensor, int depth) {
    NodeDef node = nodes.get(tensor.node());
    if (node == null || depth > MAX_DEPTH) {
      return OptionalLong.empty();
    }
    if (Ops.isConstant(node)) {
      OptionalLong value = constant(tensor);
      return value.isPresent() && value.getAsLong() >= 0 ? value : OptionalLong.empty();
    }
    if (Ops.isIdentityOfOne(node)) {
      return number(input(node, 0), depth + 1);
    }
    return switch (node.getOp()) {
      case "StridedSlice" -> sizeOf(node);
      case "TensorListLength" -> elements(input(node, 0), depth + 1);
      case "TensorArraySizeV3" -> arraySize(nodes.get(input(node, 0).node()), depth + 1);
      default -> OptionalLong.empty();
    };
  }

  private OptionalLong arraySize(NodeDef array, int depth) {
    boolean isFixed =
        array != null
            && array.getOp().equals("TensorArrayV3")
            && !array.getAttrOrDefault("dynamic_size", AttrValue.getDefaultInstance()).getB();
    return isFixed ? number(input(array, 0), depth) : OptionalLong.empty();
  }

  /** One element of a tensor's shape. */
  private OptionalLong sizeOf(NodeDef slice) {
    NodeDef shape = nodes.get(input(slice, 0).node());
    boolean isOne =
        shape != null
            && shape.getOp().equals("Shape")
            && mask(slice, "shrink_axis_mask") == 1
            && mask(slice, "begin_mask") == 0
            && mask(slice, "ellipsis_mask") == 0
            && mask(slice, "new_axis_mask") == 0;
    OptionalLong axis = isOne ? constant(input(slice, 1)) : OptionalLong.empty();
    return axis.isPresent() ? size(input(shape, 0), axis.getAsLong()) : OptionalLong.empty();
  }

  private static long mask(NodeDef slice, String name) {
    return slice.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getI();
  }

  private OptionalLong size(TensorId tensor, long axis) {
    TensorShape shape = shapes.apply(tensor);
    long position = axis < 0 ? axis + shape.sizes().size() : axis;
    if (!shape.isRankKnown() || position < 0 || position >= shape.sizes().size()) {
      return OptionalLong.empty();
    }
    long size = shape.sizes().get((int) position);
    boolean isKnown = size != TensorShape.UNKNOWN && size <= Integer.MAX_VALUE;
    return isKnown ? OptionalLong.of(size) : OptionalLong.empty();
  }
}
