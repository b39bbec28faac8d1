package layertap.input.feed;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import layertap.input.image.ImageOptions;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;
import layertap.input.image.ResizeMethod;

/**
 * The range of the values that images have when they are fed.
 *
 * @param low the smallest over all channels
 * @param high the largest over all channels
 * @param isStrict whether none is beyond; some ways to resize overshoot at edges
 */
public record FedRange(double low, double high, boolean isStrict) {
  private static final int WHITE = 255;
  private static final MathContext SHOWN = new MathContext(4);

  /** Of images that are made with these options. */
  public static FedRange of(ImageOptions options) {
    List<FedRange> channels = new ArrayList<>();
    for (int channel = 0; channel < options.channels().count(); channel++) {
      channels.add(channel(options, channel));
    }
    return new FedRange(
        channels.stream().mapToDouble(FedRange::low).min().orElseThrow(),
        channels.stream().mapToDouble(FedRange::high).max().orElseThrow(),
        isStrict(options));
  }

  private static FedRange channel(ImageOptions options, int channel) {
    double dark = value(options, channel, 0);
    double bright = value(options, channel, WHITE);
    return new FedRange(Math.min(dark, bright), Math.max(dark, bright), true);
  }

  private static double value(ImageOptions options, int channel, double pixel) {
    if (options.preprocessing() != Preprocessing.NONE) {
      return options.preprocessing().of(pixel, channel);
    }
    PixelScaling scaling = options.scaling();
    double mean = ofChannel(scaling.mean(), channel, 0);
    return (pixel * scaling.scale() - mean) / ofChannel(scaling.deviation(), channel, 1);
  }

  private static double ofChannel(List<Double> values, int channel, double none) {
    return values.isEmpty() ? none : values.get(values.size() == 1 ? 0 : channel);
  }

  private static boolean isStrict(ImageOptions options) {
    boolean overshoots =
        options.resize() == ResizeMethod.BICUBIC
            || options.resize() == ResizeMethod.LANCZOS3
            || options.resize() == ResizeMethod.LANCZOS5;
    return !overshoots || options.fit() == ImageOptions.Fit.NONE;
  }

  /** As listings show it. */
  @Override
  public String toString() {
    return "%s%s … %s".formatted(isStrict ? "" : "about ", shown(low), shown(high));
  }

  private static String shown(double number) {
    BigDecimal rounded = new BigDecimal(number).round(SHOWN).stripTrailingZeros();
    return rounded.signum() == 0 ? "0" : rounded.toPlainString();
  }
}
