package layertap.input.image;

import java.io.Serializable;
import java.util.List;

/**
 * Arithmetic on pixels of 0 to 255: times {@code scale}, less {@code mean}, over {@code deviation}.
 *
 * @param mean of each channel, or one of all; empty for none
 * @param deviation of each channel, or one of all; empty for none
 */
public record PixelScaling(double scale, List<Double> mean, List<Double> deviation)
    implements Serializable {
  /** Pixels as they are. */
  public static final PixelScaling NONE = new PixelScaling(1, List.of(), List.of());

  public PixelScaling {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }
}
