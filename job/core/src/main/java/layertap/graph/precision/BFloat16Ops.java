package layertap.graph.precision;

import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.graph.optimize.FusedConvolution;
import layertap.graph.optimize.SelfGate;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Which ops may compute in {@code bfloat16}, after the lists of TensorFlow's own mixed precision
 * (grappler's auto_mixed_precision_lists.h). Sums over many values, exponentials and quotients stay
 * in {@code float32}.
 */
final class BFloat16Ops {
  /** The attribute with the type of the values. */
  static final String TYPE = "T";

  /** Products of weights and values: all that is worth a conversion. Their sums are float32. */
  static final Set<String> PRODUCTS =
      Set.of(
          "Conv2D",
          FusedConvolution.FULL,
          FusedConvolution.DEPTHWISE,
          "DepthwiseConv2dNative",
          "Conv3D",
          "MatMul",
          "BatchMatMulV2",
          "Einsum");

  /** Cheap, and safe beside products: conversions before and after them would cost more. */
  private static final Set<String> BESIDE_PRODUCTS =
      Set.of(
          "Add",
          "AddV2",
          "BiasAdd",
          "Elu",
          "Erf",
          "LeakyRelu",
          "MaxPool",
          "Maximum",
          "Minimum",
          "Mul",
          "Relu",
          "Relu6",
          "Selu",
          "Sigmoid",
          "Sub",
          "Tanh");

  /** Those that move values, by how many of their inputs hold values. */
  private static final Map<String, Integer> MOVING =
      Map.of("ExpandDims", 1, "Identity", 1, "Pad", 1, "Reshape", 1, "Squeeze", 1, "Transpose", 1);

  private static final AttrValue FLOAT = AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();

  private static final String CONCAT = "ConcatV2";

  /** What folding writes beside those: a scale that is made of a variance, and its products. */
  private static final Set<String> OF_CONSTANTS = Set.of("Neg", "RealDiv", "Rsqrt", "Sqrt");

  private BFloat16Ops() {}

  static boolean isProduct(NodeDef node) {
    return PRODUCTS.contains(node.getOp()) && isFloat(node);
  }

  static boolean isBesideProducts(NodeDef node) {
    String op = node.getOp();
    return (BESIDE_PRODUCTS.contains(op)
            || SelfGate.ops().contains(op)
            || MOVING.containsKey(op)
            || op.equals(CONCAT))
        && isFloat(node);
  }

  /** Whether it gives a constant if all that it takes is constant. */
  static boolean isOfConstants(NodeDef node) {
    return isProduct(node)
        || isBesideProducts(node)
        || (OF_CONSTANTS.contains(node.getOp()) && isFloat(node));
  }

  /** SavedModels leave attributes out that have their default, which for types is that. */
  private static boolean isFloat(NodeDef node) {
    return node.getAttrOrDefault(TYPE, FLOAT).getType() == DataType.DT_FLOAT;
  }

  /** The inputs that hold values of type {@link #TYPE}; others hold sizes and axes. */
  static List<String> values(NodeDef node) {
    List<String> inputs =
        node.getInputList().stream().filter(input -> !TensorId.isControl(input)).toList();
    int count =
        node.getOp().equals(CONCAT)
            ? inputs.size() - 1
            : MOVING.getOrDefault(node.getOp(), inputs.size());
    return inputs.subList(0, count);
  }
}
