package layertap.graph.rewrite;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Replaces each {@code FusedBatchNorm} by single ops whose scale or statistics are not the same in
 * all runs. Keras 2's LayerNormalization takes the mean of what it normalizes, and has a channel
 * for each position of each row of a batch.
 *
 * <p>oneDNN's kernel of TensorFlow 2.18 keeps the number of channels, and where the statistics are,
 * in fields ({@code depth_}, {@code mean_values_}, {@code variance_values_} in {@code
 * tensorflow/core/kernels/mkl/mkl_fused_batch_norm_op.cc}): of two runs at once with batches of
 * different sizes one fills what the other allocated, which gives wrong values or ends the process.
 */
public final class VaryingBatchNorm {
  private static final Set<String> OPS =
      Set.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");

  /** Others go to kernels without that field. */
  private static final Set<String> FORMATS = Set.of("NHWC", "NCHW");

  /** The scale, which has the number of channels, the mean and the variance. */
  private static final List<Integer> KEPT_INPUTS = List.of(1, 3, 4);

  /** Of the op's definition. */
  private static final float DEFAULT_EPSILON = 1e-4f;

  private VaryingBatchNorm() {}

  /**
   * The graph without them, nor its functions; nodes keep their names.
   *
   * @param fetched tensors that somebody outside of the graph takes
   */
  public static GraphDef replaceIn(GraphDef graph, List<TensorId> fetched) {
    GraphDef.Builder changed = graph.toBuilder();
    Set<String> taken = new HashSet<>();
    fetched.forEach(tensor -> taken.add(tensor.asInput()));
    List<NodeDef> nodes = replaced(graph.getNodeList(), taken, Map.of(), false);
    changed.clearNode().addAllNode(nodes);
    if (graph.hasLibrary()) {
      changed.getLibraryBuilder().getFunctionBuilderList().forEach(function -> replaceIn(function));
    }
    return changed.build();
  }

  private static void replaceIn(FunctionDef.Builder function) {
    Map<String, String> renamed = new HashMap<>();
    Set<String> returned = new HashSet<>(function.getRetMap().values());
    List<NodeDef> nodes = replaced(function.getNodeDefList(), returned, renamed, true);
    if (nodes.size() > function.getNodeDefCount()) {
      function.clearNodeDef();
      nodes.forEach(node -> function.addNodeDef(withInputs(node, renamed)));
      Map.copyOf(function.getRetMap())
          .forEach((name, tensor) -> function.putRet(name, renamed.getOrDefault(tensor, tensor)));
    }
  }

  private static NodeDef withInputs(NodeDef node, Map<String, String> renamed) {
    NodeDef.Builder copy = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      copy.setInput(i, renamed.getOrDefault(node.getInput(i), node.getInput(i)));
    }
    return copy.build();
  }

  private static List<NodeDef> replaced(
      List<NodeDef> nodes, Set<String> taken, Map<String, String> renamed, boolean isFunction) {
    Map<String, NodeDef> byName = new HashMap<>();
    Set<String> used = new HashSet<>(taken);
    for (NodeDef node : nodes) {
      byName.put(node.getName(), node);
      used.addAll(node.getInputList());
    }
    List<NodeDef> all = new ArrayList<>();
    for (NodeDef node : nodes) {
      boolean isUnsafe =
          OPS.contains(node.getOp())
              && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT
              && FORMATS.contains(format(node))
              && (isTraining(node) || !KEPT_INPUTS.stream().allMatch(i -> isFixed(node, i, byName)))
              && givesValueAlone(node.getName(), used);
      if (!isUnsafe) {
        all.add(node);
        continue;
      }
      all.addAll(new Parts(node, isFunction).of());
      if (isFunction) {
        renamed.put(node.getName() + ":y:0", node.getName() + ":z:0");
      }
    }
    return all;
  }

  private static String format(NodeDef node) {
    AttrValue format = node.getAttrMap().get("data_format");
    return format == null ? "NHWC" : format.getS().toStringUtf8();
  }

  private static boolean isTraining(NodeDef node) {
    return !node.containsAttr("is_training") || node.getAttrOrThrow("is_training").getB();
  }

  /** Whether a value is the same in all runs; what a function is called with may not be. */
  private static boolean isFixed(NodeDef taker, int input, Map<String, NodeDef> byName) {
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(nodeOf(taker.getInput(input))));
    while (!open.isEmpty()) {
      String name = open.pop();
      NodeDef node = byName.get(name);
      if (node == null || Ops.mayBeFed(node)) {
        return false;
      }
      if (seen.add(name) && !Ops.readsVariable(node)) {
        node.getInputList().forEach(each -> open.push(nodeOf(each)));
      }
    }
    return true;
  }

  /** Whether nobody takes the statistics, which single ops do not give. */
  private static boolean givesValueAlone(String name, Set<String> used) {
    return used.stream()
        .filter(input -> nodeOf(input).equals(name))
        .allMatch(
            input ->
                TensorId.isControl(input) || input.equals(name) || input.equals(name + ":y:0"));
  }

  private static String nodeOf(String input) {
    String tensor = TensorId.isControl(input) ? input.substring(1) : input;
    int colon = tensor.indexOf(':');
    return colon < 0 ? tensor : tensor.substring(0, colon);
  }

  /** The ops in the place of one node; the last has its name. */
  private static final class Parts {
    private final NodeDef node;
    private final boolean isFunction;
    private final List<NodeDef> parts = new ArrayList<>();

    Parts(NodeDef node, boolean isFunction) {
      this.node = node;
      this.isFunction = isFunction;
    }

    List<NodeDef> of() {
      boolean isTraining = isTraining(node);
      boolean areChannelsFirst = format(node).equals("NCHW");
      String sizes = integers("sizes", areChannelsFirst ? List.of(1, -1, 1, 1) : List.of(-1));
      String axes = integers("axes", areChannelsFirst ? List.of(0, 2, 3) : List.of(0, 1, 2));
      String x = node.getInput(0);
      String mean = isTraining ? mean("mean", x, axes) : channels("mean", 3, sizes);
      String centered = add("centered", "Sub", "z", x, mean);
      String variance =
          isTraining
              ? mean("variance", add("squares", "Square", "y", centered), axes)
              : channels("variance", 4, sizes);
      String shifted = add("shifted", "AddV2", "z", variance, epsilon());
      String inverse = add("inverse", "Rsqrt", "y", shifted);
      String factor = add("factor", "Mul", "z", inverse, channels("scale", 1, sizes));
      String scaled = add("scaled", "Mul", "z", centered, factor);
      NodeDef.Builder last = start(node.getName(), "AddV2", scaled, channels("offset", 2, sizes));
      node.getInputList().stream().filter(TensorId::isControl).forEach(last::addInput);
      parts.add(last.build());
      return parts;
    }

    /** Keeps the axes over which it is taken. */
    private String mean(String name, String value, String axes) {
      NodeDef.Builder mean = start(inside(name), "Mean", value, axes);
      mean.putAttr("Tidx", type(DataType.DT_INT32));
      mean.putAttr("keep_dims", AttrValue.newBuilder().setB(true).build());
      return added(mean, "output");
    }

    /** One of the inputs with a number for each channel, so that it is one for each place. */
    private String channels(String name, int input, String sizes) {
      NodeDef.Builder reshape = start(inside(name), "Reshape", node.getInput(input), sizes);
      return added(reshape.putAttr("Tshape", type(DataType.DT_INT32)), "output");
    }

    private String epsilon() {
      AttrValue epsilon = node.getAttrMap().get("epsilon");
      float value = epsilon == null ? DEFAULT_EPSILON : epsilon.getF();
      return constant(
          "epsilon", TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(value));
    }

    private String integers(String name, List<Integer> values) {
      TensorProto.Builder vector = TensorProto.newBuilder().setDtype(DataType.DT_INT32);
      vector.getTensorShapeBuilder().addDimBuilder().setSize(values.size());
      return constant(name, vector.addAllIntVal(values));
    }

    private String constant(String name, TensorProto.Builder value) {
      NodeDef.Builder constant = NodeDef.newBuilder().setName(inside(name)).setOp("Const");
      constant.putAttr("dtype", type(value.getDtype()));
      constant.putAttr("value", AttrValue.newBuilder().setTensor(value).build());
      return added(constant, "output");
    }

    private String add(String name, String op, String output, String... inputs) {
      return added(start(inside(name), op, inputs), output);
    }

    private NodeDef.Builder start(String name, String op, String... inputs) {
      return NodeDef.newBuilder()
          .setName(name)
          .setOp(op)
          .addAllInput(List.of(inputs))
          .putAttr("T", type(DataType.DT_FLOAT));
    }

    private String added(NodeDef.Builder part, String output) {
      parts.add(part.build());
      return isFunction ? "%s:%s:0".formatted(part.getName(), output) : part.getName();
    }

    private String inside(String name) {
      return "%s/layertap_%s".formatted(node.getName(), name);
    }

    private static AttrValue type(DataType type) {
      return AttrValue.newBuilder().setType(type).build();
    }
  }
}
