package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import layertap.failure.BadRowException;

/**
 * A BMP file of pixels that are there already, so that they go the way of all images: TensorFlow
 * decodes it at next to no cost. Not thread-safe.
 */
public final class BitmapFile {
  private static final int HEADER = 54;
  private static final int INFO = 40;
  private static final short BITS = 24;
  private static final int SAMPLES = 3;

  private final int stride;
  private final byte[] bytes;

  /**
   * Begins with black pixels.
   *
   * @throws BadRowException if it has more of them than an array holds
   */
  public BitmapFile(int height, int width) {
    if (HEADER + height * (width * 3L + 3) > Integer.MAX_VALUE) {
      throw new BadRowException("the image is too large: " + width + " x " + height + " pixels");
    }
    stride = (width * SAMPLES + 3) / 4 * 4;
    ByteBuffer file = ByteBuffer.allocate(HEADER + stride * height).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'B').put((byte) 'M').putInt(file.capacity()).putInt(0).putInt(HEADER);
    // A negative height: rows from the top.
    file.putInt(INFO).putInt(width).putInt(-height).putShort((short) 1).putShort(BITS);
    bytes = file.array();
  }

  /** Sets a pixel; of each sample the lowest eight bits count. */
  public void set(int row, int column, int red, int green, int blue) {
    int position = HEADER + row * stride + column * SAMPLES;
    bytes[position] = (byte) blue;
    bytes[position + 1] = (byte) green;
    bytes[position + 2] = (byte) red;
  }

  /** The file itself, not a copy. */
  public byte[] bytes() {
    return bytes;
  }
}
