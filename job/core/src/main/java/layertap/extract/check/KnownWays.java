package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.PixelMaps;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;

/** The ways in which known families of models have their images preprocessed. */
final class KnownWays {
  /** To [0, 1], which many do by themselves. */
  private static final PixelScaling TO_ONE = new PixelScaling(1 / 255.0, List.of(), List.of());

  private KnownWays() {}

  /**
   * A way.
   *
   * @param options of the feed, with it
   * @param settings as one writes them in the feed
   */
  record Way(ImageOptions options, String settings) {}

  /**
   * The ways that give other values than those that a feed has, for images of its channels.
   *
   * @param family that is named where several have the same way; empty for none
   */
  static List<Way> besides(ImageOptions options, String family) {
    List<Way> ways = new ArrayList<>();
    for (Preprocessing mode : Preprocessing.values()) {
      boolean isOfColours = mode == Preprocessing.TORCH || mode == Preprocessing.CAFFE;
      if (!isOfColours || options.channels() == Channels.RGB) {
        boolean isFamily = Preprocessing.find(family).filter(mode::equals).isPresent();
        String name = isFamily ? family : mode.name().toLowerCase(Locale.ROOT);
        ways.add(new Way(options.valued(mode, PixelScaling.NONE), "preprocessing = " + name));
      }
    }
    ways.add(new Way(options.valued(Preprocessing.NONE, TO_ONE), "scale = 0.003921569"));
    ways.removeIf(way -> PixelMaps.of(way.options).isCloseTo(PixelMaps.of(options)));
    return ways;
  }
}
