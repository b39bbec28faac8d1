package layertap.graph.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.graph.NodeDefs;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/**
 * Makes calls of functions of two ops of XLA that ordinary ops compute as well: Keras 3 writes its
 * {@code slice_update} as {@code XlaDynamicUpdateSlice}, whose sibling takes a slice. TensorFlow
 * would compile them anew for each size of a batch, and has no derivatives of them.
 */
public final class XlaSlices {
  private static final String UPDATE = "XlaDynamicUpdateSlice";
  private static final String TAKE = "XlaDynamicSlice";
  private static final TensorId X = new TensorId("x", 0);
  private static final TensorId STARTS = new TensorId("starts", 0);

  /** What is put in by one op, and how many places of each axis are taken by the other. */
  private static final TensorId UPDATES = new TensorId("updates", 0);

  private static final TensorId COUNTS = new TensorId("counts", 0);

  private final OpDefinitions ops;
  private final Map<String, FunctionDef> functions = new HashMap<>();

  private XlaSlices(OpDefinitions ops) {
    this.ops = ops;
  }

  /** The graph with calls in the place of such ops; the same one if it has none. */
  public static GraphDef replaceIn(GraphDef graph, OpDefinitions ops) {
    XlaSlices slices = new XlaSlices(ops);
    GraphDef.Builder changed = graph.toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      if (isSlice(graph.getNode(i))) {
        changed.setNode(i, slices.call(graph.getNode(i)));
      }
    }
    for (int k = 0; k < graph.getLibrary().getFunctionCount(); k++) {
      List<NodeDef> body = graph.getLibrary().getFunction(k).getNodeDefList();
      for (int i = 0; i < body.size(); i++) {
        if (isSlice(body.get(i))) {
          NodeDef call = slices.call(body.get(i));
          changed.getLibraryBuilder().getFunctionBuilder(k).setNodeDef(i, call);
        }
      }
    }
    if (slices.functions.isEmpty()) {
      return graph;
    }
    changed.getLibraryBuilder().addAllFunction(slices.functions.values());
    return changed.build();
  }

  /** One of a damaged graph is none, and is refused as the op that it is. */
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

  /** Both ops and a call name their output alike, so that what takes it stays as it is. */
  private NodeDef call(NodeDef node) {
    boolean isUpdate = node.getOp().equals(UPDATE);
    DataType dtype = typeOf(node, "T");
    DataType indices = typeOf(node, "Tindices");
    String name =
        "layertap_%s_%s_%s".formatted(node.getOp(), dtype.getNumber(), indices.getNumber());
    Slice slice = new Slice(dtype, indices);
    functions.computeIfAbsent(name, absent -> isUpdate ? slice.put(name) : slice.taken(name));
    NameAttrList.Builder function = NameAttrList.newBuilder().setName(name);
    return node.toBuilder()
        .setOp("PartitionedCall")
        .removeAttr("T")
        .removeAttr("Tindices")
        .putAttr("Tin", types(isUpdate ? slice.typesOfUpdate() : slice.typesOfTake()))
        .putAttr("Tout", types(List.of(dtype)))
        .putAttr("f", AttrValue.newBuilder().setFunc(function).build())
        .build();
  }

  private static AttrValue types(List<DataType> types) {
    return AttrValue.newBuilder()
        .setList(AttrValue.ListValue.newBuilder().addAllType(types))
        .build();
  }

  /** The function of an op for values of a type and indices of a type. */
  private final class Slice {
    private final DataType dtype;
    private final DataType indices;
    private final NodeDefs nodes = new NodeDefs("");

    Slice(DataType dtype, DataType indices) {
      this.dtype = dtype;
      this.indices = indices;
    }

    List<DataType> typesOfUpdate() {
      return List.of(dtype, dtype, indices);
    }

    List<DataType> typesOfTake() {
      return List.of(dtype, indices, indices);
    }

    /** The update with zeros around it, where it lies, else what was there. */
    FunctionDef put(String name) {
      TensorId sizes = sizes("sizes_of_updates", UPDATES);
      TensorId room = room(sizes);
      TensorId before = before(room);
      TensorId behind = ofIndices("Sub", "behind", room, before);
      TensorId paddings =
          nodes
              .node("Pack", "paddings", before, behind)
              .attribute("N", 2)
              .attribute("axis", 1)
              .attribute("T", indices)
              .add();
      TensorProto yes =
          TensorProto.newBuilder()
              .setDtype(DataType.DT_BOOL)
              .setTensorShape(TensorShape.of(List.of()).toProto())
              .addBoolVal(true)
              .build();
      TensorId isTrue =
          nodes
              .node("Const", "yes")
              .attribute("dtype", DataType.DT_BOOL)
              .attribute("value", AttrValue.newBuilder().setTensor(yes).build())
              .add();
      TensorId marks =
          nodes
              .node("Fill", "marks", sizes, isTrue)
              .attribute("T", DataType.DT_BOOL)
              .attribute("index_type", indices)
              .add();
      TensorId isUpdated = padded("is_updated", marks, paddings, DataType.DT_BOOL);
      TensorId placed = padded("placed", UPDATES, paddings, dtype);
      // Not SelectV2, which repeats its inputs: of this one x has the shape of what it gives.
      TensorId result =
          nodes.node("Select", "updated", isUpdated, placed, X).attribute("T", dtype).add();
      return function(name, List.of(X, UPDATES, STARTS), typesOfUpdate(), result);
    }

    FunctionDef taken(String name) {
      TensorId result =
          nodes
              .node("Slice", "taken", X, before(room(COUNTS)), COUNTS)
              .attribute("T", dtype)
              .attribute("Index", indices)
              .add();
      return function(name, List.of(X, STARTS, COUNTS), typesOfTake(), result);
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

    private FunctionDef function(
        String name, List<TensorId> arguments, List<DataType> types, TensorId result) {
      OpDef.Builder signature = OpDef.newBuilder().setName(name);
      for (int i = 0; i < arguments.size(); i++) {
        signature.addInputArgBuilder().setName(arguments.get(i).node()).setType(types.get(i));
      }
      signature.addOutputArgBuilder().setName("output").setType(dtype);
      Map<String, String> outputs =
          nodes.nodes().stream().collect(Collectors.toMap(NodeDef::getName, this::output));
      FunctionDef.Builder function = FunctionDef.newBuilder().setSignature(signature);
      for (NodeDef node : nodes.nodes()) {
        NodeDef.Builder copy = node.toBuilder().clearInput();
        node.getInputList().forEach(input -> copy.addInput(outputs.getOrDefault(input, input)));
        function.addNodeDef(copy);
      }
      return function.putRet("output", outputs.get(result.node())).build();
    }

    /** What a node's only output is called within a function. */
    private String output(NodeDef node) {
      OpDef op = ops.find(node.getOp()).orElseThrow();
      return "%s:%s:0".formatted(node.getName(), op.getOutputArg(0).getName());
    }
  }
}
