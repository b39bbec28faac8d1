package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The first frame of a WebP file.
 *
 * @param width of the canvas on which it stands
 * @param height of the canvas
 * @param left column of the canvas at which it begins
 * @param top row of the canvas at which it begins
 * @param frameWidth as its bit stream has it, which is what a decoder goes by
 * @param frameHeight as its bit stream has it
 * @param isAnimated whether other frames may follow
 * @param isLossy whether its bit stream is VP8, not VP8L
 * @param stream its bit stream
 */
record WebpFile(
    int width,
    int height,
    int left,
    int top,
    int frameWidth,
    int frameHeight,
    boolean isAnimated,
    boolean isLossy,
    ByteBuffer stream) {
  private static final int CHUNKS = 12;

  /** Name and length before the data of a chunk. */
  private static final int BEFORE_DATA = 8;

  /** Place, size, duration and flags before the chunks of a frame. */
  private static final int BEFORE_FRAME = 16;

  private static final String LOSSY = "VP8 ";
  private static final String LOSSLESS = "VP8L";
  private static final int ANIMATION = 0x02;
  private static final int LOSSY_START = 0x2a019d;
  private static final byte LOSSLESS_START = 0x2f;
  private static final int SIZE_BITS = 14;
  private static final int SIZE_MASK = (1 << SIZE_BITS) - 1;

  /**
   * Reads the chunks' heads; empty if the first frame is not whole, or not of the size that the
   * file says.
   */
  static Optional<WebpFile> of(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      ByteBuffer chunks = part(file, CHUNKS, Math.min(bytes.length, riffEnd(file)) - CHUNKS);
      ByteBuffer extended = chunk(chunks, "VP8X");
      return extended == null ? still(chunks) : extended(chunks, extended);
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** The EXIF data; empty if there is none. */
  static Optional<ByteBuffer> exif(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return Optional.ofNullable(chunk(part(file, CHUNKS, bytes.length - CHUNKS), "EXIF"));
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** A file of nothing but the frame's colours, without transparency. */
  byte[] plain() {
    int length = stream.limit();
    ByteBuffer file = ByteBuffer.allocate(CHUNKS + BEFORE_DATA + length + length % 2);
    file.order(ByteOrder.LITTLE_ENDIAN).put(ascii("RIFF")).putInt(file.capacity() - BEFORE_DATA);
    file.put(ascii("WEBP")).put(ascii(isLossy ? LOSSY : LOSSLESS)).putInt(length);
    return file.put(stream.duplicate()).array();
  }

  private static int riffEnd(ByteBuffer file) {
    long end = BEFORE_DATA + Integer.toUnsignedLong(file.getInt(4));
    return (int) Math.min(end + end % 2, Integer.MAX_VALUE);
  }

  private static Optional<WebpFile> extended(ByteBuffer chunks, ByteBuffer extended) {
    int width = threeBytes(extended, 4) + 1;
    int height = threeBytes(extended, 7) + 1;
    if ((extended.get(0) & ANIMATION) == 0) {
      return still(chunks).filter(file -> file.width == width && file.height == height);
    }
    ByteBuffer frame = chunk(chunks, "ANMF");
    if (frame == null) {
      return Optional.empty();
    }
    int left = 2 * threeBytes(frame, 0);
    int top = 2 * threeBytes(frame, 3);
    int frameWidth = threeBytes(frame, 6) + 1;
    int frameHeight = threeBytes(frame, 9) + 1;
    return still(part(frame, BEFORE_FRAME, frame.limit() - BEFORE_FRAME))
        .filter(file -> file.width == frameWidth && file.height == frameHeight)
        .filter(file -> left + file.width <= width && top + file.height <= height)
        .map(file -> file.on(width, height, left, top));
  }

  private WebpFile on(int canvasWidth, int canvasHeight, int x, int y) {
    return new WebpFile(
        canvasWidth, canvasHeight, x, y, frameWidth, frameHeight, true, isLossy, stream);
  }

  /** An image that fills its canvas. */
  private static Optional<WebpFile> still(ByteBuffer chunks) {
    ByteBuffer lossy = chunk(chunks, LOSSY);
    ByteBuffer stream = lossy == null ? chunk(chunks, LOSSLESS) : lossy;
    if (stream == null) {
      return Optional.empty();
    }
    return lossy != null ? lossy(stream) : lossless(stream);
  }

  private static Optional<WebpFile> lossy(ByteBuffer stream) {
    boolean isKeyFrame = (stream.get(0) & 1) == 0;
    int width = stream.getShort(6) & SIZE_MASK;
    int height = stream.getShort(8) & SIZE_MASK;
    return isKeyFrame && threeBytes(stream, 3) == LOSSY_START && width > 0 && height > 0
        ? Optional.of(new WebpFile(width, height, 0, 0, width, height, false, true, stream))
        : Optional.empty();
  }

  private static Optional<WebpFile> lossless(ByteBuffer stream) {
    int sizes = stream.getInt(1);
    int width = (sizes & SIZE_MASK) + 1;
    int height = ((sizes >> SIZE_BITS) & SIZE_MASK) + 1;
    return stream.get(0) == LOSSLESS_START
        ? Optional.of(new WebpFile(width, height, 0, 0, width, height, false, false, stream))
        : Optional.empty();
  }

  /** The data of the first chunk of a name; null if there is none. */
  private static ByteBuffer chunk(ByteBuffer chunks, String name) {
    int wanted = ByteBuffer.wrap(ascii(name)).order(ByteOrder.LITTLE_ENDIAN).getInt();
    long position = 0;
    while (position + BEFORE_DATA <= chunks.limit()) {
      int start = (int) position;
      long length = Integer.toUnsignedLong(chunks.getInt(start + Integer.BYTES));
      if (chunks.getInt(start) == wanted) {
        return part(chunks, start + BEFORE_DATA, length);
      }
      position += BEFORE_DATA + length + length % 2;
    }
    return null;
  }

  private static ByteBuffer part(ByteBuffer bytes, int start, long length) {
    return bytes
        .slice(start, Math.toIntExact(Math.min(length, Integer.MAX_VALUE)))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static int threeBytes(ByteBuffer bytes, int position) {
    return Short.toUnsignedInt(bytes.getShort(position))
        | (Byte.toUnsignedInt(bytes.get(position + 2)) << Short.SIZE);
  }
}
