package layertap.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.failure.NearestNames;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.ImageOptions.Fit;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;
import layertap.input.image.ResizeMethod;

/** Reads {@code image { … }} of a feed. */
final class ImageParser {
  /** What is made of the orientation that an image says it has. */
  private enum Orientation {
    IGNORE,
    EXIF
  }

  private final Section section;

  private ImageParser(Section section) {
    this.section = section;
  }

  static ImageOptions parse(Section section) {
    ImageOptions options = new ImageParser(section).parse();
    section.finish();
    return options;
  }

  private ImageOptions parse() {
    List<Integer> size = pixels("size");
    Fit fit = section.choice("fit", Fit.class, Fit.STRETCH);
    List<Integer> centerCrop = pixels("center-crop");
    if (fit == Fit.NONE && !size.isEmpty()) {
      section.problem(
          "size", "goes with fit = stretch, crop or pad; with none images keep their own");
    }
    requireInside(centerCrop, size);
    Channels channels = section.choice("channels", Channels.class, Channels.RGB);
    Preprocessing preprocessing = preprocessing(channels);
    PixelScaling scaling =
        new PixelScaling(
            section.number("scale", 1), numbers("mean", channels), numbers("std", channels));
    if (preprocessing != Preprocessing.NONE && !scaling.equals(PixelScaling.NONE)) {
      section.problem("preprocessing", "goes without scale, mean and std: it has its own");
    }
    if (scaling.deviation().contains(0.0)) {
      section.problem("std", "must not be 0");
    }
    return new ImageOptions(
        size,
        fit,
        section.choice("resize", ResizeMethod.class, ResizeMethod.BILINEAR),
        section.bool("antialias", false),
        centerCrop,
        channels,
        preprocessing,
        scaling,
        maxPixels(),
        section.choice("orientation", Orientation.class, Orientation.IGNORE) == Orientation.EXIF);
  }

  private List<Integer> pixels(String key) {
    List<Integer> size = new ArrayList<>();
    List<String> texts = section.texts(key);
    for (String text : texts) {
      if (text.matches("[1-9]\\d{0,5}")) {
        size.add(Integer.parseInt(text));
      } else {
        section.problem(key, "holds '" + text + "', which is not a number of pixels");
      }
    }
    if (texts.size() == 1 || texts.size() > 2) {
      section.problem(key, "is not [height, width]");
    }
    return size;
  }

  private void requireInside(List<Integer> crop, List<Integer> size) {
    if (crop.size() != 2) {
      return;
    }
    if (size.size() != 2) {
      section.problem(
          "center-crop", "needs size = [height, width], to which images are resized first");
    } else if (crop.get(0) > size.get(0) || crop.get(1) > size.get(1)) {
      section.problem("center-crop", "is " + crop + ", larger than size = " + size);
    }
  }

  private Preprocessing preprocessing(Channels channels) {
    String name = section.text("preprocessing", "none");
    Optional<Preprocessing> found = Preprocessing.find(name);
    if (found.isEmpty()) {
      section.problem(
          "preprocessing",
          "is '%s', no family of keras.applications; nearest: %s"
              .formatted(name, String.join(", ", NearestNames.of(name, Preprocessing.names()))));
    }
    Preprocessing preprocessing = found.orElse(Preprocessing.NONE);
    boolean isOfColours =
        preprocessing == Preprocessing.TORCH || preprocessing == Preprocessing.CAFFE;
    if (isOfColours && channels != Channels.RGB) {
      section.problem(
          "channels", "is not rgb, of which preprocessing = " + name + " makes its own");
    }
    return preprocessing;
  }

  /** One number for all channels, or one for each. */
  private List<Double> numbers(String key, Channels channels) {
    List<Double> numbers = new ArrayList<>();
    for (String text : section.texts(key)) {
      try {
        numbers.add(Double.parseDouble(text));
      } catch (NumberFormatException e) {
        section.problem(key, "holds '" + text + "', which is no number");
      }
    }
    if (numbers.size() > 1 && numbers.size() != channels.count()) {
      section.problem(
          key,
          "has " + numbers.size() + " numbers, neither one nor " + channels.count() + " channels'");
    }
    return numbers;
  }

  private long maxPixels() {
    return section.wholeNumber("max-pixels", 1, (int) ImageOptions.DEFAULT_MAX_PIXELS);
  }
}
