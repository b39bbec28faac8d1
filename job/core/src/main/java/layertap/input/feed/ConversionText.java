package layertap.input.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.graph.TensorShape;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.ImageOptions.Fit;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;
import layertap.input.image.ResizeMethod;
import layertap.input.value.SequenceSettings;
import layertap.input.value.SequenceSettings.Padding;

/** Says in a few words how values of columns become those of a feed. */
public final class ConversionText {
  private ConversionText() {}

  /** In the words of the configuration, without what is at its default. */
  public static String of(PlannedFeed feed) {
    FeedConversion conversion = feed.conversion();
    if (conversion instanceof FeedConversion.Image image) {
      return image(image, feed.rowShape());
    }
    if (conversion instanceof FeedConversion.Sequence sequence) {
      return sequence(sequence.settings(), feed.rowShape());
    }
    return "tensor";
  }

  private static String image(FeedConversion.Image image, TensorShape shape) {
    ImageOptions options = image.options();
    List<String> parts = new ArrayList<>();
    boolean isOwnSize = options.fit() == Fit.NONE;
    parts.add(
        isOwnSize
            ? "image of its own size"
            : "image %s x %s".formatted(shape.sizes().get(0), shape.sizes().get(1)));
    if (image.holds() == FeedConversion.Holds.PATHS) {
      parts.add("of paths");
    }
    if (options.isTurned()) {
      parts.add("turned as EXIF says");
    }
    if (!isOwnSize) {
      if (options.fit() != Fit.STRETCH) {
        parts.add("fit " + word(options.fit()));
      }
      boolean isPlain = options.resize() == ResizeMethod.BILINEAR && !options.antialias();
      if (!isPlain) {
        parts.add(word(options.resize()) + (options.antialias() ? " antialiased" : ""));
      }
      if (!options.centerCrop().isEmpty()) {
        parts.add("cut out of %s x %s".formatted(options.size().get(0), options.size().get(1)));
      }
    }
    if (options.channels() != Channels.RGB) {
      parts.add(word(options.channels()));
    }
    if (options.preprocessing() != Preprocessing.NONE) {
      parts.add("preprocessing " + word(options.preprocessing()));
    }
    addScaling(options.scaling(), parts);
    return String.join(", ", parts);
  }

  private static void addScaling(PixelScaling scaling, List<String> parts) {
    if (scaling.scale() != PixelScaling.NONE.scale()) {
      parts.add("scale " + scaling.scale());
    }
    if (!scaling.mean().isEmpty()) {
      parts.add("mean " + scaling.mean());
    }
    if (!scaling.deviation().isEmpty()) {
      parts.add("std " + scaling.deviation());
    }
  }

  private static String sequence(SequenceSettings settings, TensorShape shape) {
    return settings.pad() == Padding.NONE
        ? "sequence of its own length"
        : "sequence of %s steps, pad %s, truncate %s"
            .formatted(shape.sizes().get(0), word(settings.pad()), word(settings.truncate()));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
