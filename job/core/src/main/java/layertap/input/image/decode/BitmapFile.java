package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import layertap.failure.BadRowException;

/**
 * A BMP file of pixels that are there already, so that they go the way of all images: TensorFlow
 * decodes it at next to no cost; and what it does not decode of others. Not thread-safe.
 */
public final class BitmapFile {
  private static final int HEADER = 54;
  private static final int INFO = 40;
  private static final short BITS = 24;
  private static final int SAMPLES = 3;

  private static final int PIXELS_AT = 10;
  private static final int INFO_AT = 14;
  private static final int WIDTH_AT = 18;
  private static final int HEIGHT_AT = 22;
  private static final int BITS_AT = 28;
  private static final int COMPRESSION_AT = 30;

  /** Of the first version of OS/2, whose sizes have two bytes each. */
  private static final int OLD_INFO = 12;

  private static final int MOST_INFO = 0xffff;

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

  /**
   * Whether bytes that begin as a BMP file may be one, and no text, by the length of its header.
   */
  static boolean mayBe(byte[] bytes) {
    if (bytes.length < WIDTH_AT) {
      return true;
    }
    int info = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(INFO_AT);
    return info >= 0 && info <= MOST_INFO;
  }

  /** Why TensorFlow does not decode a BMP file that may be whole; empty for one that is damaged. */
  static Optional<String> missing(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER) {
      return Optional.empty();
    }
    if (hasOldHeader(file)) {
      return Optional.of("with the header of OS/2");
    }
    if (isCompressed(file)) {
      return Optional.of("that is compressed");
    }
    int bits = file.getShort(BITS_AT);
    if (bits != Byte.SIZE && bits != BITS && bits != Integer.SIZE) {
      return Optional.of("of %s bits a pixel".formatted(bits));
    }
    long row = (width(file) * bits + Integer.SIZE - 1) / Integer.SIZE;
    long pixels = row * Integer.BYTES * height(file);
    long behind = (long) bytes.length - file.getInt(PIXELS_AT) - pixels;
    return behind > 0
        ? Optional.of("with %s bytes behind its pixels".formatted(behind))
        : Optional.empty();
  }

  /** Whether a file's sizes are not where TensorFlow looks for them. */
  static boolean hasOldHeader(ByteBuffer file) {
    return file.getInt(INFO_AT) == OLD_INFO;
  }

  static long width(ByteBuffer file) {
    return Math.abs((long) file.getInt(WIDTH_AT));
  }

  /** Without its sign, which is negative where rows start at the top. */
  static long height(ByteBuffer file) {
    return Math.abs((long) file.getInt(HEIGHT_AT));
  }

  /** By runs, or as a JPEG or PNG; masks of colours are none. */
  private static boolean isCompressed(ByteBuffer file) {
    return switch (file.getInt(COMPRESSION_AT)) {
      case 1, 2, 4, 5 -> true;
      default -> false;
    };
  }
}
