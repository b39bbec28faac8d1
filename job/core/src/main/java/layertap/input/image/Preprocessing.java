package layertap.input.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code keras.applications} does to pixels of 0 to 255 before its models see them
 * ("imagenet_utils.preprocess_input"). The order of the operations is Keras', so the values are
 * too.
 */
public enum Preprocessing {
  /** Pixels as they are; what models with a Rescaling layer of their own want. */
  NONE,
  /** To -1 to 1: {@code x / 127.5 - 1}. */
  TF,
  /** {@code (x / 255 - mean) / std} with the means and deviations of ImageNet, RGB. */
  TORCH,
  /** To BGR, less the means of ImageNet. */
  CAFFE;

  static final float[] TORCH_MEAN = {0.485f, 0.456f, 0.406f};
  static final float[] TORCH_STD = {0.229f, 0.224f, 0.225f};
  static final float[] CAFFE_MEAN_BGR = {103.939f, 116.779f, 123.68f};

  private static final Map<String, Preprocessing> BY_NAME = byName();

  private static Map<String, Preprocessing> byName() {
    Map<String, Preprocessing> byName = new LinkedHashMap<>();
    put(
        byName,
        NONE,
        "none",
        "efficientnet",
        "efficientnet_v2",
        "mobilenet_v3",
        "convnext",
        "regnet",
        "resnet_rs");
    put(
        byName,
        TF,
        "tf",
        "mobilenet",
        "mobilenet_v2",
        "inception_v3",
        "inception_resnet_v2",
        "xception",
        "nasnet",
        "resnet_v2");
    put(byName, TORCH, "torch", "densenet");
    put(byName, CAFFE, "caffe", "vgg16", "vgg19", "resnet", "resnet50");
    return Collections.unmodifiableMap(byName);
  }

  private static void put(
      Map<String, Preprocessing> byName, Preprocessing mode, String... families) {
    for (String family : families) {
      byName.put(family, mode);
    }
  }

  /**
   * What becomes of a pixel.
   *
   * @param pixel of 0 to 255
   * @param channel of what comes out, counted from 0
   */
  public double of(double pixel, int channel) {
    return switch (this) {
      case NONE -> pixel;
      case TF -> pixel / 127.5 - 1;
      case TORCH -> (pixel / 255 - TORCH_MEAN[channel]) / TORCH_STD[channel];
      case CAFFE -> pixel - CAFFE_MEAN_BGR[channel];
    };
  }

  /**
   * The mode of a family of {@code keras.applications} (the name of its module), or by its own
   * name.
   */
  public static Optional<Preprocessing> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** All names that {@link #find} knows. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }
}
