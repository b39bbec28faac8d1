package layertap.input;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * How an encoded image becomes a tensor [height, width, 3] of float32.
 *
 * @param height in pixels, of the result
 * @param width in pixels, of the result
 * @param resize method
 * @param preprocessing applied after resizing
 */
public record ImageSettings(int height, int width, ResizeMethod resize, Preprocessing preprocessing)
    implements Serializable {
  public ImageSettings {
    requireNonNull(resize, "resize is null");
    requireNonNull(preprocessing, "preprocessing is null");
    if (height <= 0 || width <= 0) {
      throw new IllegalArgumentException("size " + height + " x " + width + " is not positive");
    }
  }
}
