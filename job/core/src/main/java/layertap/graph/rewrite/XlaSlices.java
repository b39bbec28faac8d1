package layertap.graph.rewrite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.NodeDefs;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Replaces two ops of XLA, {@code XlaDynamicSlice} and {@code XlaDynamicUpdateSlice}, by ordinary
 * ones: Keras 3 writes its {@code slice_update} as the second. TensorFlow would compile them anew
 * for each size of a batch, and has no derivatives of them; nor has layertap one of {@code
 * TensorStridedSliceUpdate}, which would be a single op.
 *
 * <pre>
 *   updates ─ Pad ──┐
 *   x ─────────── Select ─     where the update lies, else what was there
 *   marks ─── Pad ──┘
 * </pre>
 */
public final class XlaSlices {
  private static final String UPDATE = "XlaDynamicUpdateSlice";
  private static final String TAKE = "XlaDynamicSlice";

  // The inputs, until their own names take the place of these.
  private static final TensorId X = new TensorId("x", 0);
  private static final TensorId STARTS = new TensorId("starts", 0);

  /** What is put in by one op, and how many places of each axis are taken by the other. */
  private static final TensorId UPDATES = new TensorId("updates", 0);

  private static final TensorId COUNTS = new TensorId("counts", 0);

  private final OpDefinitions ops;

  private XlaSlices(OpDefinitions ops) {
    this.ops = ops;
  }

  /** The graph with ordinary ops in the place of such ones; the same object if it has none. */
  public static GraphDef replaceIn(GraphDef graph, OpDefinitions ops) {
    XlaSlices slices = new XlaSlices(ops);
    GraphDef.Builder changed = graph.toBuilder();
    boolean isChanged = hasSlice(graph.getNodeList());
    if (isChanged) {
      changed.clearNode().addAllNode(slices.replaced(graph.getNodeList(), false));
    }
    for (int i = 0; i < graph.getLibrary().getFunctionCount(); i++) {
      List<NodeDef> body = graph.getLibrary().getFunction(i).getNodeDefList();
      if (hasSlice(body)) {
        changed
            .getLibraryBuilder()
            .getFunctionBuilder(i)
            .clearNodeDef()
            .addAllNodeDef(slices.replaced(body, true));
        isChanged = true;
      }
    }
    return isChanged ? changed.build() : graph;
  }

  private static boolean hasSlice(List<NodeDef> nodes) {
    return nodes.stream().anyMatch(XlaSlices::isSlice);
  }

  /** A node of a damaged graph, without its inputs or types, is left to the policy of ops. */
  private static boolean isSlice(NodeDef node) {
    boolean isNamed = node.getOp().equals(UPDATE) || node.getOp().equals(TAKE);
    return isNamed
        && node.getInputList().stream().filter(input -> !TensorId.isControl(input)).count() == 3
        && isKnown(typeOf(node, "T"))
        && isKnown(typeOf(node, "Tindices"));
  }

  private static DataType typeOf(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }

  private static boolean isKnown(DataType type) {
    return type != DataType.DT_INVALID && type != DataType.UNRECOGNIZED;
  }

  private List<NodeDef> replaced(List<NodeDef> nodes, boolean isBody) {
    List<NodeDef> all = new ArrayList<>();
    for (NodeDef node : nodes) {
      all.addAll(isSlice(node) ? inPlaceOf(node, isBody) : List.of(node));
    }
    return all;
  }

  /**
   * Ordinary ops, of which the last has the node's name, and an output that is called as its own.
   *
   * @param isBody whether the node is in a function, where outputs have names
   */
  private List<NodeDef> inPlaceOf(NodeDef node, boolean isBody) {
    boolean isUpdate = node.getOp().equals(UPDATE);
    Slice slice = new Slice(node);
    NodeDef last = isUpdate ? slice.updated() : slice.taken();
    List<TensorId> inputs = isUpdate ? List.of(X, UPDATES, STARTS) : List.of(X, STARTS, COUNTS);
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      names.put(inputs.get(i).asInput(), node.getInput(i));
    }
    List<NodeDef> before = slice.nodes.nodes();
    if (isBody) {
      before.forEach(each -> names.put(each.getName(), output(each)));
    }
    List<NodeDef> all = new ArrayList<>();
    before.forEach(each -> all.add(taking(names, each, node).build()));
    List<String> controls = node.getInputList().subList(inputs.size(), node.getInputCount());
    all.add(taking(names, last, node).setName(node.getName()).addAllInput(controls).build());
    return all;
  }

  private static NodeDef.Builder taking(Map<String, String> names, NodeDef op, NodeDef slice) {
    NodeDef.Builder named = op.toBuilder().clearInput().setDevice(slice.getDevice());
    op.getInputList().forEach(input -> named.addInput(names.getOrDefault(input, input)));
    return named;
  }

  /** What a node's only output is called within a function. */
  private String output(NodeDef node) {
    OpDef op = ops.find(node.getOp()).orElseThrow();
    return "%s:%s:0".formatted(node.getName(), op.getOutputArg(0).getName());
  }

  /** The ops of one slice, which take what they need of {@link #X} and the like. */
  private static final class Slice {
    private final DataType dtype;
    private final DataType indices;
    private final NodeDefs nodes;

    Slice(NodeDef node) {
      this.dtype = typeOf(node, "T");
      this.indices = typeOf(node, "Tindices");
      this.nodes = new NodeDefs(node.getName() + "/");
    }

    /** The update with zeros around it, where it lies, else what was there. */
    NodeDef updated() {
      TensorId room = room(sizes("sizes_of_updates", UPDATES));
      TensorId before = before(room);
      TensorId behind = ofIndices("Sub", "behind", room, before);
      TensorId paddings =
          nodes
              .node("Pack", "paddings", before, behind)
              .attribute("N", 2)
              .attribute("axis", 1)
              .attribute("T", indices)
              .add();
      TensorId any = nodes.node("Equal", "any", UPDATES, UPDATES).attribute("T", dtype).add();
      // No constant: it would stand outside of a loop of TensorFlow 1.
      TensorId marks = nodes.node("OnesLike", "marks", any).attribute("T", DataType.DT_BOOL).add();
      TensorId isUpdated = padded("is_updated", marks, paddings, DataType.DT_BOOL);
      TensorId placed = padded("placed", UPDATES, paddings, dtype);
      // Not SelectV2, which repeats its inputs: of this one x has the shape of what it gives.
      return NodeDef.newBuilder()
          .setOp("Select")
          .addInput(isUpdated.asInput())
          .addInput(placed.asInput())
          .addInput(X.asInput())
          .putAttr("T", AttrValue.newBuilder().setType(dtype).build())
          .build();
    }

    NodeDef taken() {
      return NodeDef.newBuilder()
          .setOp("Slice")
          .addInput(X.asInput())
          .addInput(before(room(COUNTS)).asInput())
          .addInput(COUNTS.asInput())
          .putAttr("T", AttrValue.newBuilder().setType(dtype).build())
          .putAttr("Index", AttrValue.newBuilder().setType(indices).build())
          .build();
    }

    /** How far from the start of each axis so many places may begin. */
    private TensorId room(TensorId counts) {
      return ofIndices("Sub", "room", sizes("sizes", X), counts);
    }

    /** Places before the slice: as XLA does, one that would not fit is moved until it does. */
    private TensorId before(TensorId room) {
      TensorId none = ofIndices("ZerosLike", "none", room);
      return ofIndices("Maximum", "before", ofIndices("Minimum", "fitting", STARTS, room), none);
    }

    private TensorId sizes(String name, TensorId tensor) {
      return nodes
          .node("Shape", name, tensor)
          .attribute("T", dtype)
          .attribute("out_type", indices)
          .add();
    }

    private TensorId ofIndices(String op, String name, TensorId... inputs) {
      return nodes.node(op, name, inputs).attribute("T", indices).add();
    }

    private TensorId padded(String name, TensorId values, TensorId paddings, DataType type) {
      return nodes
          .node("Pad", name, values, paddings)
          .attribute("T", type)
          .attribute("Tpaddings", indices)
          .add();
    }
  }
}
