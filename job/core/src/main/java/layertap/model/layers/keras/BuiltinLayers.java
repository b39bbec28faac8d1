package layertap.model.layers.keras;

import java.util.Set;
import layertap.model.layers.keras.Topology.Element;

/**
 * What is known of Keras' own layers by the names of their classes. Operations of Keras 3 are no
 * layers, though classes of both are called Softmax, Add or Concatenate.
 */
public final class BuiltinLayers {
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

  /** Layers without weights that compute something whatever their configuration. */
  private static final Set<String> WITHOUT_WEIGHTS =
      Set.of(
          "ReLU",
          "LeakyReLU",
          "ELU",
          "ThresholdedReLU",
          "Softmax",
          "MaxPooling1D",
          "MaxPooling2D",
          "MaxPooling3D",
          "AveragePooling1D",
          "AveragePooling2D",
          "AveragePooling3D",
          "GlobalMaxPooling1D",
          "GlobalMaxPooling2D",
          "GlobalMaxPooling3D",
          "GlobalAveragePooling1D",
          "GlobalAveragePooling2D",
          "GlobalAveragePooling3D");

  /** Layers of several inputs that compute with all of them. */
  private static final Set<String> MERGES =
      Set.of("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot");

  /** What Keras 2 makes of functions of TensorFlow and operators that are called with tensors. */
  private static final Set<String> FUNCTIONS =
      Set.of("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty");

  private BuiltinLayers() {}

  /** Whether the layer is a function: all that leaves its scope is its output, never a mask. */
  public static boolean isFunction(Element layer) {
    return layer.isOfKeras() && FUNCTIONS.contains(layer.className());
  }

  /** Whether the layer gives what its ops compute from all that enters it. */
  public static boolean computes(Element layer) {
    return isOwnLayer(layer)
        && (WITH_WEIGHTS.contains(layer.className()) || MERGES.contains(layer.className()));
  }

  /** Whether the layer's ops take its inputs in the order in which it has them. */
  public static boolean mergesInOrder(Element layer) {
    return isOwnLayer(layer)
        && (MERGES.contains(layer.className()) || layer.className().equals("Attention"));
  }

  /** Whether Keras 3 made it of an operator or function that was called with tensors. */
  public static boolean isOperation(Element element) {
    return element.isOfKeras() && !element.isLayer();
  }

  /** Whether the layer leaves ops in the graph whatever its configuration. */
  public static boolean alwaysHasOps(Element layer) {
    return isOwnLayer(layer)
        && (WITH_WEIGHTS.contains(layer.className())
            || WITHOUT_WEIGHTS.contains(layer.className()));
  }

  private static boolean isOwnLayer(Element element) {
    return element.isOfKeras() && element.isLayer();
  }
}
