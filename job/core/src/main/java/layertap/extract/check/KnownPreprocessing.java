package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.PixelMaps;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;

/** How known families of models have their images preprocessed. */
final class KnownPreprocessing {
  /** To [0, 1], which many do by themselves. */
  private static final PixelScaling TO_ONE = new PixelScaling(1 / 255.0, List.of(), List.of());

  private KnownPreprocessing() {}

  /**
   * One way to preprocess.
   *
   * @param options of the feed, with it
   * @param settings as one writes them in the feed
   */
  record Choice(ImageOptions options, String settings) {}

  /**
   * The choices that give other values than those that a feed has, for images of its channels.
   *
   * @param family that is named where several make the same choice; empty for none
   */
  static List<Choice> besides(ImageOptions options, String family) {
    List<Choice> choices = new ArrayList<>();
    for (Preprocessing mode : Preprocessing.values()) {
      boolean isOfColours = mode == Preprocessing.TORCH || mode == Preprocessing.CAFFE;
      if (!isOfColours || options.channels() == Channels.RGB) {
        boolean isFamily = Preprocessing.find(family).filter(mode::equals).isPresent();
        String name = isFamily ? family : mode.name().toLowerCase(Locale.ROOT);
        choices.add(new Choice(options.valued(mode, PixelScaling.NONE), "preprocessing = " + name));
      }
    }
    choices.add(new Choice(options.valued(Preprocessing.NONE, TO_ONE), "scale = 0.003921569"));
    choices.removeIf(choice -> PixelMaps.of(choice.options).isCloseTo(PixelMaps.of(options)));
    return choices;
  }
}
