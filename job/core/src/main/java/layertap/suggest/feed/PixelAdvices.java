package layertap.suggest.feed;

import java.util.List;
import java.util.Optional;
import layertap.input.image.Preprocessing;
import layertap.model.LoadedModel;
import layertap.model.preprocessing.ChannelMap;
import layertap.model.preprocessing.InputScaling;
import layertap.model.preprocessing.KnownArchitecture;
import layertap.model.preprocessing.ModelPreprocessing;

/**
 * Says what is to be done to the pixels that a model takes: by what the model does to them itself,
 * and by the architecture that its layers show.
 */
public final class PixelAdvices {
  /** Pixels that are closer together were never meant: 16 bits, or scaled twice. */
  private static final double LEAST_RANGE = 0.5;

  private final List<InputScaling> scalings;
  private final Optional<KnownArchitecture> architecture;

  /** Looks at a model, whose graph alone is read. */
  public PixelAdvices(LoadedModel model) {
    this(ModelPreprocessing.of(model), KnownArchitecture.of(model));
  }

  PixelAdvices(List<InputScaling> scalings, Optional<KnownArchitecture> architecture) {
    this.scalings = List.copyOf(scalings);
    this.architecture = architecture;
  }

  /** The advice for an input of the signature. */
  public PixelAdvice of(String input) {
    return scalings.stream()
        .filter(scaling -> scaling.input().equals(input) && !scaling.uses().isEmpty())
        .findFirst()
        .map(this::of)
        .orElseGet(PixelAdvices::unknown);
  }

  private PixelAdvice of(InputScaling scaling) {
    if (scaling.isScaled() && isOfPixels(scaling.map())) {
      return new PixelAdvice(
          "", List.of(scaling.text() + "; so pixels are fed as they are"), List.of());
    }
    if (scaling.isScaled()) {
      return asking(List.of(scaling.text() + ", which no family of models wants"));
    }
    if (!scaling.isClear()) {
      return asking(List.of(scaling.text()));
    }
    return architecture
        .map(known -> of(known, scaling))
        .orElseGet(() -> asking(List.of(scaling.text())));
  }

  /** Whether pixels of 0 to 255 come out as models are trained on: 0 to 1, -1 to 1, -124 to 152. */
  private static boolean isOfPixels(ChannelMap map) {
    return map.ranges(0, ChannelMap.WHITE).stream()
        .allMatch(
            range ->
                range.stream().allMatch(end -> Math.abs(end) <= ChannelMap.WHITE)
                    && Math.abs(range.get(1) - range.get(0)) >= LEAST_RANGE);
  }

  /** A family that wants pixels as they are, by a scaling of its own, is not that of this model. */
  private static PixelAdvice of(KnownArchitecture known, InputScaling scaling) {
    boolean isAsFed =
        Preprocessing.find(known.preprocessing()).filter(Preprocessing.NONE::equals).isPresent();
    return isAsFed
        ? asking(List.of(scaling.text(), known.text()))
        : new PixelAdvice(
            "preprocessing = " + known.preprocessing(),
            List.of(scaling.text(), known.text()),
            List.of());
  }

  private static PixelAdvice unknown() {
    return asking(List.of());
  }

  private static PixelAdvice asking(List<String> reasons) {
    return new PixelAdvice(
        "",
        reasons,
        List.of(
            "was the model trained on pixels of 0 to 255, as they are fed here? If not, write"
                + " preprocessing = tf (-1 to 1), torch or caffe, or scale = 0.00392156862745098 (0"
                + " to 1); plan --rows 16 compares the first rows with the training"));
  }
}
