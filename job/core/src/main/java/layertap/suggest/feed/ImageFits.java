package layertap.suggest.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.graph.TensorShape;
import layertap.input.image.PixelTypes;
import layertap.input.image.decode.ImageFormat;
import layertap.input.value.Base64Image;
import layertap.suggest.feed.DescribedColumn.Kind;

/** Whether columns hold images that an input takes. */
final class ImageFits {
  private static final int RANK = 3;
  private static final int GREY = 1;
  private static final int COLOURS = 3;
  private static final Pattern PATH =
      Pattern.compile("[^\\n]{1,1000}\\.(jpe?g|png|gif|bmp)", Pattern.CASE_INSENSITIVE);

  private final FedInput input;
  private final PixelAdvice advice;

  ImageFits(FedInput input, PixelAdvice advice) {
    this.input = input;
    this.advice = advice;
  }

  /** Whether the input may be one of images: [height, width, channels] of numbers. */
  static boolean takesImages(FedInput input) {
    TensorShape row = input.rowShape();
    return PixelTypes.contains(input.dtype())
        && row.isRankKnown()
        && row.sizes().size() == RANK
        && List.of((long) GREY, (long) COLOURS, TensorShape.UNKNOWN).contains(row.sizes().get(2));
  }

  Optional<Fit> fit(DescribedColumn column) {
    if (!takesImages(input) || column.depth() > 0) {
      return Optional.empty();
    }
    if (column.kind() == Kind.IMAGES) {
      return Optional.of(image(column, "", "", List.of("Spark's image struct")));
    }
    if (column.kind() == Kind.BYTES) {
      return ofBytes(column);
    }
    return column.kind() == Kind.TEXTS ? ofTexts(column) : Optional.empty();
  }

  private Optional<Fit> ofBytes(DescribedColumn column) {
    if (column.sample() instanceof byte[] bytes) {
      String format = ImageFormat.decodable(bytes);
      return format.isEmpty()
          ? Optional.empty()
          : Optional.of(image(column, "", "", List.of("the first row holds a " + format)));
    }
    Fit fit = image(column, "", "", List.of());
    return Optional.of(
        Fit.doubtful(
            column,
            fit.conversion(),
            "the first row has no value there, so that nothing tells whether these bytes are images"));
  }

  private Optional<Fit> ofTexts(DescribedColumn column) {
    String text = String.valueOf(column.sample()).strip();
    if (PATH.matcher(text).matches()) {
      String seen = "the first row names a file, " + text;
      return Optional.of(image(column, "", "holds = paths", List.of(seen)));
    }
    String seen = "the first row is an image in base64, which select decodes";
    return Base64Image.decoding(text, column.name())
        .map(decoding -> image(column, decoding, "", List.of(seen)));
  }

  private Fit image(DescribedColumn column, String select, String holds, List<String> seen) {
    List<String> settings = new ArrayList<>();
    List<String> reasons = new ArrayList<>(seen);
    List<String> questions = new ArrayList<>(advice.questions());
    if (!holds.isEmpty()) {
      settings.add(holds);
    }
    addSize(settings, reasons, questions);
    addChannels(settings, reasons, questions);
    if (PixelTypes.isWhole(input.dtype())) {
      reasons.add("the model takes whole numbers, so pixels of 0 to 255 are fed as they are");
      questions.removeAll(advice.questions());
    } else {
      if (!advice.setting().isEmpty()) {
        settings.add(advice.setting());
      }
      reasons.addAll(advice.reasons());
    }
    String conversion =
        settings.isEmpty() ? "image {}" : "image { " + String.join(", ", settings) + " }";
    return new Fit(List.of(column), select, conversion, true, reasons, questions);
  }

  private void addSize(List<String> settings, List<String> reasons, List<String> questions) {
    List<Long> sides = input.rowShape().sizes().subList(0, 2);
    if (sides.contains(TensorShape.UNKNOWN)) {
      boolean isAny = sides.stream().allMatch(side -> side == TensorShape.UNKNOWN);
      settings.add(
          isAny ? "fit = none" : "size = [%s, %s]".formatted(known(sides, 0), known(sides, 1)));
      reasons.add("the model takes images of any size, so each keeps its own");
      questions.add(
          "was the model trained at one size? Then write size = [height, width] in place of"
              + " fit = none");
    } else {
      settings.add("size = [%s, %s]".formatted(sides.get(0), sides.get(1)));
      reasons.add(
          "the model's input is %s pixels high and %s wide; images of another aspect ratio are"
                  .formatted(sides.get(0), sides.get(1))
              + " stretched, as Keras' image_dataset_from_directory does; fit = crop or pad does not");
    }
  }

  /** One side may be open: then the other is as good as any. */
  private static long known(List<Long> sides, int side) {
    long own = sides.get(side);
    return own == TensorShape.UNKNOWN ? sides.get(1 - side) : own;
  }

  private void addChannels(List<String> settings, List<String> reasons, List<String> questions) {
    long channels = input.rowShape().sizes().get(2);
    if (channels == GREY) {
      settings.add("channels = grayscale");
      reasons.add("the model takes one channel");
    } else if (channels == TensorShape.UNKNOWN) {
      questions.add("the model does not say its channels; are they rgb, bgr or grayscale?");
    }
  }

  /** Whether a name is that of a file which TensorFlow decodes, by its ending. */
  static boolean isImageName(String name) {
    return PATH.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }
}
