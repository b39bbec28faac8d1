package layertap.input.image;

import layertap.failure.BadRowException;
import layertap.input.image.decode.BitmapFile;

/**
 * An image that was decoded already, as Spark's image source and OpenCV keep it: rows from the top,
 * a byte a sample, the channels blue, green, red.
 */
public final class RawImage {
  private final long height;
  private final long width;
  private final long channels;
  private final byte[] samples;

  /**
   * Keeps what it is given, checks nothing and copies nothing.
   *
   * @param channels 1 for grey, 3 for blue, green, red, 4 for those and transparency
   */
  public RawImage(long height, long width, long channels, byte[] samples) {
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
    int rows = (int) height;
    int columns = (int) width;
    int samplesEach = (int) channels;
    BitmapFile bitmap = new BitmapFile(rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int blue = (row * columns + column) * samplesEach;
        int green = samplesEach == 1 ? blue : blue + 1;
        int red = samplesEach == 1 ? blue : blue + 2;
        bitmap.set(row, column, samples[red], samples[green], samples[blue]);
      }
    }
    return bitmap.bytes();
  }

  private void requireWhole() {
    if (height <= 0 || width <= 0) {
      throw new BadRowException("the image is one that Spark could not read");
    }
    if (channels != 1 && channels != 3 && channels != 4) {
      throw new BadRowException(
          "the image struct has nChannels = %s, not 1, 3 or 4".formatted(channels));
    }
    if (samples == null || !isLength(samples.length)) {
      throw new BadRowException(
          ("the image struct has %s bytes, not height x width x channels = %s x %s x %s "
                  + "of one byte each")
              .formatted(samples == null ? 0 : samples.length, height, width, channels));
    }
  }

  /** The product of all three may be more than a number of 64 bits. */
  private boolean isLength(int length) {
    return height <= length
        && width <= length
        && length % channels == 0
        && height * width == length / channels;
  }
}
