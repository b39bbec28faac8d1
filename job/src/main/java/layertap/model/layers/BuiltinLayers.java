package layertap.model.layers;

import java.util.Set;

/** What is known of Keras' own layers by the names of their classes. */
final class BuiltinLayers {
  private static final Set<String> WITH_WEIGHTS =
      Set.of(
          "Dense",
          "EinsumDense",
          "Conv1D",
          "Conv2D",
          "Conv3D",
          "Conv1DTranspose",
          "Conv2DTranspose",
          "Conv3DTranspose",
          "SeparableConv1D",
          "SeparableConv2D",
          "DepthwiseConv1D",
          "DepthwiseConv2D",
          "BatchNormalization",
          "LayerNormalization",
          "Embedding",
          "LSTM",
          "GRU",
          "SimpleRNN",
          "ConvLSTM1D",
          "ConvLSTM2D",
          "ConvLSTM3D",
          "Bidirectional",
          "MultiHeadAttention",
          "PReLU");

  /** Layers of several inputs that compute with all of them. */
  private static final Set<String> MERGES =
      Set.of("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot");

  private BuiltinLayers() {}

  /** Whether a layer of the class gives what its ops compute from all that enters it. */
  static boolean computes(String className) {
    return WITH_WEIGHTS.contains(className) || MERGES.contains(className);
  }

  /** Whether a layer of the class leaves ops in the graph whatever its configuration. */
  static boolean alwaysHasOps(String className) {
    return WITH_WEIGHTS.contains(className);
  }
}
