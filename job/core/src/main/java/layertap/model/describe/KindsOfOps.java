package layertap.model.describe;

import static java.util.Map.entry;

import java.util.Map;

/** Classes of layers, or functions, that one op tells. */
final class KindsOfOps {
  /** Layers and functions of one op. */
  static final Map<String, String> SINGLE =
      Map.ofEntries(
          entry("Relu", "relu"),
          entry("Relu6", "relu6"),
          entry("LeakyRelu", "leaky_relu"),
          entry("Elu", "elu"),
          entry("Selu", "selu"),
          entry("Tanh", "tanh"),
          entry("Sigmoid", "sigmoid"),
          entry("Softplus", "softplus"),
          entry("Softsign", "softsign"),
          entry("Softmax", "softmax"),
          entry("MaxPool", "MaxPooling2D"),
          entry("AvgPool", "AveragePooling2D"),
          entry("MaxPool3D", "MaxPooling3D"),
          entry("AvgPool3D", "AveragePooling3D"),
          entry("ConcatV2", "Concatenate"),
          entry("Transpose", "Permute"));

  /** Layers that merge their inputs by an op that has other uses, too. */
  static final Map<String, String> MERGES =
      Map.of(
          "Add", "Add",
          "AddV2", "Add",
          "Mul", "Multiply",
          "Sub", "Subtract",
          "Maximum", "Maximum",
          "Minimum", "Minimum");

  static final Map<String, String> CONVOLUTIONS =
      Map.of(
          "Conv2D", "Conv2D",
          "DepthwiseConv2dNative", "DepthwiseConv2D",
          "Conv3D", "Conv3D",
          "Conv2DBackpropInput", "Conv2DTranspose",
          "Conv3DBackpropInputV2", "Conv3DTranspose");

  private KindsOfOps() {}
}
