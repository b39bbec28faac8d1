package layertap.model.preprocessing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;

/**
 * An architecture of {@code keras.applications} that a model's layers show by their names and
 * channels.
 *
 * @param name as its class is called, {@code MobileNetV2}
 * @param preprocessing value of {@code image.preprocessing} that its images want
 */
public record KnownArchitecture(String name, String preprocessing) {
  /** Any number of channels: it depends on a parameter of the architecture. */
  private static final long ANY = -1;

  /**
   * What an architecture looks like.
   *
   * @param layers that it has, each with the channels of its output
   * @param without layers that only others have
   */
  private record Looks(
      String name, String preprocessing, Map<String, Long> layers, List<String> without) {}

  private static final List<Looks> KNOWN =
      List.of(
          new Looks("VGG19", "vgg19", Map.of("block1_conv1", 64L, "block5_conv4", 512L), List.of()),
          new Looks(
              "VGG16",
              "vgg16",
              Map.of("block1_conv1", 64L, "block3_conv3", 256L, "block5_conv3", 512L),
              List.of("block5_conv4")),
          new Looks(
              "MobileNetV2",
              "mobilenet_v2",
              Map.of("Conv1", ANY, "expanded_conv_depthwise", ANY, "block_16_project", ANY),
              List.of()),
          new Looks(
              "MobileNet",
              "mobilenet",
              Map.of("conv1", ANY, "conv_dw_13", ANY, "conv_pw_13", ANY),
              List.of()),
          new Looks(
              "MobileNetV3",
              "mobilenet_v3",
              Map.of("expanded_conv_depthwise", ANY, "expanded_conv_10_depthwise", ANY),
              List.of()),
          new Looks(
              "MobileNetV3",
              "mobilenet_v3",
              Map.of("expanded_conv/depthwise", ANY, "expanded_conv_10/depthwise", ANY),
              List.of()),
          new Looks(
              "ResNetV2",
              "resnet_v2",
              Map.of(
                  "conv1_conv", 64L, "conv2_block1_preact_bn", 64L, "conv5_block3_3_conv", 2048L),
              List.of()),
          new Looks(
              "ResNet",
              "resnet",
              Map.of("conv1_conv", 64L, "conv2_block1_1_conv", 64L, "conv5_block3_3_conv", 2048L),
              List.of("conv2_block1_preact_bn", "post_bn")),
          new Looks(
              "DenseNet",
              "densenet",
              Map.of("conv2_block1_1_conv", 128L, "pool2_conv", ANY, "conv5_block16_concat", ANY),
              List.of()),
          new Looks(
              "InceptionResNetV2",
              "inception_resnet_v2",
              Map.of("conv_7b", 1536L, "mixed_5b", 320L, "block8_1_conv", 2080L),
              List.of()),
          new Looks(
              "InceptionV3",
              "inception_v3",
              Map.of("mixed0", 256L, "mixed7", 768L, "mixed10", 2048L),
              List.of()),
          new Looks(
              "Xception",
              "xception",
              Map.of("block1_conv1", 32L, "block4_sepconv1", 728L, "block14_sepconv2", 2048L),
              List.of()),
          new Looks(
              "NASNet",
              "nasnet",
              Map.of("stem_conv1", ANY, "reduction_conv_1_stem_1", ANY, "normal_conv_1_0", ANY),
              List.of()),
          new Looks(
              "EfficientNet",
              "efficientnet",
              Map.of("stem_conv", ANY, "block1a_dwconv", ANY, "block7a_project_conv", ANY),
              List.of()),
          new Looks(
              "EfficientNetV2",
              "efficientnet_v2",
              Map.of("stem_conv", ANY, "block1a_project_conv", ANY, "block6a_dwconv2", ANY),
              List.of()));

  /** Architectures whose layers begin with the name of the size. */
  private static final Map<String, Looks> ENDINGS =
      Map.of(
          "_stage_3_block_2_depthwise_conv",
          new Looks("ConvNeXt", "convnext", Map.of(), List.of()),
          "_Stage_3_XBlock_0_conv_1x1_1",
          new Looks("RegNet", "regnet", Map.of(), List.of()));

  /** A sentence that says so, with the setting of a feed. */
  public String text() {
    return "its layers are those of keras.applications' %s: image { preprocessing = %s }"
        .formatted(name, preprocessing);
  }

  /** The architecture of a model, or of the one model inside it that has a known one. */
  public static Optional<KnownArchitecture> of(LoadedModel model) {
    Map<String, Long> channels = new TreeMap<>();
    for (Layer layer : model.layers().layers()) {
      channels.putIfAbsent(layer.name(), channels(model, layer));
    }
    return of(channels);
  }

  /**
   * The architecture of layers.
   *
   * @param channels of their outputs by their names; -1 where they are not known
   */
  static Optional<KnownArchitecture> of(Map<String, Long> channels) {
    List<Looks> found =
        KNOWN.stream()
            .filter(looks -> looks.without.stream().noneMatch(channels::containsKey))
            .filter(
                looks ->
                    looks.layers.entrySet().stream()
                        .allMatch(layer -> isAlike(channels.get(layer.getKey()), layer.getValue())))
            .toList();
    Optional<Looks> byEnding =
        ENDINGS.entrySet().stream()
            .filter(ending -> channels.keySet().stream().anyMatch(n -> n.endsWith(ending.getKey())))
            .map(Map.Entry::getValue)
            .findFirst();
    // Two models inside one another may want two ways of preprocessing.
    List<String> ways = found.stream().map(Looks::preprocessing).distinct().toList();
    Optional<Looks> only = ways.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    return (ways.isEmpty() ? byEnding : only)
        .map(looks -> new KnownArchitecture(looks.name, looks.preprocessing));
  }

  /** What is not known is no contradiction. */
  private static boolean isAlike(Long found, long expected) {
    return found != null && (found == ANY || expected == ANY || found.equals(expected));
  }

  private static long channels(LoadedModel model, Layer layer) {
    if (layer.calls().isEmpty()) {
      return ANY;
    }
    Optional<TensorId> output = layer.calls().get(0).onlyOutput();
    List<Long> sizes =
        output
            .flatMap(tensor -> model.graph().notedShape(tensor))
            .map(TensorShape::of)
            .map(TensorShape::sizes)
            .orElse(List.of());
    return sizes.isEmpty() ? ANY : sizes.get(sizes.size() - 1);
  }
}
