package layertap.graph.differentiate;

import java.util.Set;

/**
 * Ops whose derivative is continuous: where their inputs change by rounding, so does the
 * derivative. That of {@code Relu} jumps at zero, that of a maximum where another one becomes the
 * largest.
 */
public final class SmoothOps {
  /** Of each value of a tensor, or of two. */
  private static final Set<String> OF_VALUES =
      Set.of(
          "Add",
          "AddN",
          "AddV2",
          "BiasAdd",
          "Cos",
          "Div",
          "Elu",
          "Erf",
          "Erfc",
          "Exp",
          "Expm1",
          "Identity",
          "IdentityN",
          "Inv",
          "Log",
          "Log1p",
          "Mul",
          "Neg",
          "Pow",
          "RealDiv",
          "Reciprocal",
          "Rsqrt",
          "Sigmoid",
          "Sin",
          "Snapshot",
          "Softplus",
          "Sqrt",
          "Square",
          "SquaredDifference",
          "Sub",
          "Tanh");

  private static final Set<String> OF_TENSORS =
      Set.of(
          "AvgPool",
          "AvgPool3D",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Conv2D",
          "Conv2DBackpropInput",
          "Conv3D",
          "Conv3DBackpropInputV2",
          "DepthwiseConv2dNative",
          "Einsum",
          "FusedBatchNorm",
          "FusedBatchNormV2",
          "FusedBatchNormV3",
          "LogSoftmax",
          "MatMul",
          "Mean",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "Softmax",
          "Sum");

  /** They move values, or ask for sizes. */
  private static final Set<String> OF_PLACES =
      Set.of(
          "BatchToSpaceND",
          "BroadcastTo",
          "Concat",
          "ConcatV2",
          "DepthToSpace",
          "EnsureShape",
          "ExpandDims",
          "MirrorPad",
          "Pack",
          "Pad",
          "PadV2",
          "Reshape",
          "ReverseV2",
          "Shape",
          "ShapeN",
          "Slice",
          "SpaceToBatchND",
          "SpaceToDepth",
          "Split",
          "SplitV",
          "Squeeze",
          "StridedSlice",
          "Tile",
          "Transpose",
          "Unpack");

  private SmoothOps() {}

  /** Whether the derivative of an op is known to be continuous. */
  public static boolean contains(String op) {
    return OF_VALUES.contains(op) || OF_TENSORS.contains(op) || OF_PLACES.contains(op);
  }
}
