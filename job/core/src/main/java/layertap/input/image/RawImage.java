package layertap.input.image;

import layertap.failure.BadRowException;
import layertap.input.image.decode.BitmapFile;

/**
 * An image that was decoded already, as Spark's image source and OpenCV keep it: rows from the top,
 * a byte a sample, the channels blue, green, red.
 */
public final class RawImage {
  private final int height;
  private final int width;
  private final int channels;
  private final byte[] samples;

  /**
   * Keeps what it is given, checks nothing and copies nothing.
   *
   * @param channels 1 for grey, 3 for blue, green, red, 4 for those and transparency
   */
  public RawImage(int height, int width, int channels, byte[] samples) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.samples = samples;
  }

  /** The memory that it takes. */
  public long bytes() {
    return samples == null ? 0 : samples.length;
  }

  /**
   * The image as a BMP file, so that it goes the way of all images.
   *
   * @throws BadRowException if it is none
   */
  byte[] toBmp() {
    requireWhole();
    BitmapFile bitmap = new BitmapFile(height, width);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int blue = (row * width + column) * channels;
        int green = channels == 1 ? blue : blue + 1;
        int red = channels == 1 ? blue : blue + 2;
        bitmap.set(row, column, samples[red], samples[green], samples[blue]);
      }
    }
    return bitmap.bytes();
  }

  private void requireWhole() {
    if (height <= 0 || width <= 0) {
      throw new BadRowException("the image is one that Spark could not read");
    }
    boolean isKnown = channels == 1 || channels == 3 || channels == 4;
    if (!isKnown || samples == null || samples.length != (long) height * width * channels) {
      throw new BadRowException(
          ("the image struct has %s bytes, not height x width x channels = %s x %s x %s "
                  + "of one byte each")
              .formatted(samples == null ? 0 : samples.length, height, width, channels));
    }
  }
}
