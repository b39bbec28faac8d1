package layertap.input.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import layertap.failure.BadRowException;

/**
 * An image that was decoded already, as Spark's image source and OpenCV keep it: rows from the top,
 * a byte a sample, the channels blue, green, red.
 */
public final class RawImage {
  private static final int HEADER = 54;
  private static final int INFO = 40;
  private static final short BITS = 24;

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
    int stride = (width * 3 + 3) / 4 * 4;
    ByteBuffer file = ByteBuffer.allocate(HEADER + stride * height).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'B').put((byte) 'M').putInt(file.capacity()).putInt(0).putInt(HEADER);
    // A negative height: rows from the top.
    file.putInt(INFO).putInt(width).putInt(-height).putShort((short) 1).putShort(BITS);
    for (int row = 0; row < height; row++) {
      file.position(HEADER + row * stride);
      for (int pixel = row * width; pixel < (row + 1) * width; pixel++) {
        int blue = pixel * channels;
        file.put(samples[blue]);
        file.put(samples[channels == 1 ? blue : blue + 1]);
        file.put(samples[channels == 1 ? blue : blue + 2]);
      }
    }
    return file.array();
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
    if (HEADER + (long) height * (width * 3L + 3) > Integer.MAX_VALUE) {
      throw new BadRowException("the image is too large: " + width + " x " + height + " pixels");
    }
  }
}
