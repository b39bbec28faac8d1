package layertap.extract.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.model.cut.RunnableGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A model in which every number that an op gives is wrong by as much as kernels may round it, so
 * that running it shows what rounding can do to a tap: little, or all where large terms cancel.
 *
 * <pre>
 *   MatMul ─▶ Sub      becomes     MatMul ─▶ Mul ─▶ Sub
 *                                             ▲ 1 + a few units in the last place, at random
 * </pre>
 */
final class RoundingNoise {
  /** Units in the last place, up and down: as two orders of summation may differ by. */
  private static final double UNITS = 16;

  /** They hand on what they take, which is noisy already, or say nothing of rows. */
  private static final Set<String> EXACT =
      Set.of(
          "Const",
          "Identity",
          "IdentityN",
          "StopGradient",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Transpose",
          "Pack",
          "Unpack",
          "ConcatV2",
          "Split",
          "SplitV",
          "StridedSlice",
          "Slice",
          "GatherV2",
          "Pad",
          "PadV2",
          "Tile",
          "Fill",
          "ZerosLike",
          "OnesLike",
          "Relu",
          "MaxPool");

  private final OpDefinitions ops = OpDefinitions.registered();
  private final List<NodeDef> added = new ArrayList<>();
  private final Map<TensorId, TensorId> noisy = new HashMap<>();

  private RoundingNoise() {}

  /** The model with noise behind its ops; its taps and features are fetched as they were. */
  static RunnableGraph addTo(RunnableGraph model) {
    return new RoundingNoise().add(model);
  }

  private RunnableGraph add(RunnableGraph model) {
    model.graph().getNodeList().forEach(this::addBehind);
    GraphDef.Builder graph = model.graph().toBuilder();
    for (NodeDef.Builder node : graph.getNodeBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (!TensorId.isControl(node.getInput(i))) {
          TensorId taken = TensorId.parse(node.getInput(i));
          node.setInput(i, noisy.getOrDefault(taken, taken).asInput());
        }
      }
    }
    return new RunnableGraph(
        graph.addAllNode(added).build(),
        model.variables(),
        model.feeds(),
        model.taps(),
        model.initializers(),
        model.assets());
  }

  private void addBehind(NodeDef node) {
    boolean isExact =
        EXACT.contains(node.getOp())
            || Ops.isFrameOrBranch(node)
            || node.getName().startsWith("layertap_init/");
    List<DataType> types = isExact ? List.of() : ops.outputTypes(node);
    for (int output = 0; output < types.size(); output++) {
      if (Dtype.isFloat(types.get(output)) && unit(types.get(output)) > 0) {
        noisy.put(
            new TensorId(node.getName(), output),
            noise(new TensorId(node.getName(), output), types.get(output)));
      }
    }
  }

  /** Between 1 and the next larger number. */
  private static double unit(DataType type) {
    return switch (type) {
      case DT_FLOAT -> 0x1p-23;
      case DT_DOUBLE -> 0x1p-52;
      case DT_HALF -> 0x1p-10;
      case DT_BFLOAT16 -> 0x1p-7;
      default -> 0;
    };
  }

  private TensorId noise(TensorId tensor, DataType type) {
    String name = "layertap_noise_" + added.size() + "/";
    AttrValue dtype = AttrValue.newBuilder().setType(type).build();
    AttrValue whole = AttrValue.newBuilder().setType(DataType.DT_INT32).build();
    NodeDef shape =
        op(name + "shape", "Shape", tensor.asInput())
            .putAttr("T", dtype)
            .putAttr("out_type", whole)
            .build();
    NodeDef random =
        op(name + "random", "RandomUniform", shape.getName())
            .putAttr("dtype", dtype)
            .putAttr("T", whole)
            .putAttr("seed", AttrValue.newBuilder().setI(1).build())
            .putAttr("seed2", AttrValue.newBuilder().setI(added.size()).build())
            .build();
    // From 1 - UNITS to 1 + UNITS units.
    double width = 2 * UNITS * unit(type);
    NodeDef scale = scalar(name + "width", width, dtype, shape.getName());
    NodeDef least = scalar(name + "least", 1 - width / 2, dtype, shape.getName());
    NodeDef wide =
        op(name + "wide", "Mul", random.getName(), scale.getName()).putAttr("T", dtype).build();
    NodeDef factor =
        op(name + "factor", "AddV2", wide.getName(), least.getName()).putAttr("T", dtype).build();
    NodeDef result =
        op(name + "noisy", "Mul", tensor.asInput(), factor.getName()).putAttr("T", dtype).build();
    added.addAll(List.of(shape, random, scale, least, wide, factor, result));
    return new TensorId(result.getName(), 0);
  }

  private static NodeDef.Builder op(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs));
  }

  /** A constant that runs in the frame of the loop, if any, that another node is in. */
  private NodeDef scalar(String name, double value, AttrValue dtype, String beside) {
    AttrValue exact = AttrValue.newBuilder().setType(DataType.DT_DOUBLE).build();
    TensorProto number =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_DOUBLE)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addDoubleVal(value)
            .build();
    NodeDef constant =
        op(name + "/exact", "Const", "^" + beside)
            .putAttr("dtype", exact)
            .putAttr("value", AttrValue.newBuilder().setTensor(number).build())
            .build();
    added.add(constant);
    return op(name, "Cast", constant.getName())
        .putAttr("SrcT", exact)
        .putAttr("DstT", dtype)
        .build();
  }
}
