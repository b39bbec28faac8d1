package layertap.input.image;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;

/**
 * How an encoded image becomes a tensor [height, width, channels].
 *
 * @param size [height, width] in pixels to resize to; empty for that of the model's input
 * @param fit what happens to images of another aspect ratio
 * @param resize method
 * @param antialias whether pixels are averaged before the image gets smaller
 * @param centerCrop [height, width] in pixels to cut out after resizing; empty for none
 * @param channels of the tensor
 * @param preprocessing that a family of models wants
 * @param scaling of the caller's own
 * @param maxPixels larger images are refused before they are decoded
 * @param isTurned whether images are turned as their EXIF data says, before anything else
 */
public record ImageOptions(
    List<Integer> size,
    Fit fit,
    ResizeMethod resize,
    boolean antialias,
    List<Integer> centerCrop,
    Channels channels,
    Preprocessing preprocessing,
    PixelScaling scaling,
    long maxPixels,
    boolean isTurned)
    implements Serializable {
  /** 300 MB when decoded. */
  public static final long DEFAULT_MAX_PIXELS = 100_000_000;

  /** What happens to an image of another aspect ratio than that of the size. */
  public enum Fit {
    /** It is distorted, as by {@code tf.image.resize}. */
    STRETCH,
    /** Its middle is cut out, as by Keras' {@code smart_resize}. */
    CROP,
    /** Black is added around it, as by {@code tf.image.resize_with_pad}. */
    PAD,
    /** Every image keeps its own size. */
    NONE
  }

  /** The last axis of the tensor. */
  public enum Channels {
    RGB(3),
    BGR(3),
    GRAYSCALE(1);

    private final int count;

    Channels(int count) {
      this.count = count;
    }

    /** The size of the axis. */
    public int count() {
      return count;
    }
  }

  public ImageOptions {
    size = List.copyOf(size);
    requireNonNull(fit, "fit is null");
    requireNonNull(resize, "resize is null");
    centerCrop = List.copyOf(centerCrop);
    requireNonNull(channels, "channels is null");
    requireNonNull(preprocessing, "preprocessing is null");
    requireNonNull(scaling, "scaling is null");
  }

  /** Whether values are other than pixels of 0 to 255. */
  public boolean makesFractions() {
    return preprocessing != Preprocessing.NONE || !scaling.equals(PixelScaling.NONE);
  }

  /** The same with another size to resize to. */
  public ImageOptions resizedTo(int height, int width) {
    return new ImageOptions(
        List.of(height, width),
        fit,
        resize,
        antialias,
        centerCrop,
        channels,
        preprocessing,
        scaling,
        maxPixels,
        isTurned);
  }

  /** The same with other values of pixels. */
  public ImageOptions valued(Preprocessing otherPreprocessing, PixelScaling otherScaling) {
    return new ImageOptions(
        size,
        fit,
        resize,
        antialias,
        centerCrop,
        channels,
        otherPreprocessing,
        otherScaling,
        maxPixels,
        isTurned);
  }

  /** Plans are compared by it, and outputs are older than images that are turned. */
  @Override
  public String toString() {
    return ("ImageOptions[size=%s, fit=%s, resize=%s, antialias=%s, centerCrop=%s, channels=%s,"
            + " preprocessing=%s, scaling=%s, maxPixels=%s%s]")
        .formatted(
            size,
            fit,
            resize,
            antialias,
            centerCrop,
            channels,
            preprocessing,
            scaling,
            maxPixels,
            isTurned ? ", orientation=EXIF" : "");
  }
}
