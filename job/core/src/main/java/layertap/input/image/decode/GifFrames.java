package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * The frames of a GIF, found as giflib finds them. TensorFlow decodes all of them, whatever the
 * size of the screen, before it hands out the first on a canvas of the largest width and height.
 *
 * @param width the largest of a frame
 * @param height the largest of a frame
 * @param area pixels of all frames
 * @param isFirstLargest whether the first frame is of that width and height
 * @param firstEnd where the first frame ends; beyond the bytes if it does not end
 */
record GifFrames(long width, long height, long area, boolean isFirstLargest, int firstEnd) {
  private static final int FLAGS = 10;
  private static final int RECORDS = 13;
  private static final int HAS_COLORS = 0x80;
  private static final int COLORS = 7;
  private static final int DESCRIPTOR = 9;
  private static final byte FRAME = ',';
  private static final byte EXTENSION = '!';
  private static final byte END = ';';

  /** Decoding a pixel takes three bytes of the canvas and one of its frame. */
  private static final int CANVAS_BYTES = 3;

  /** Walks over the records; empty if there is no frame. */
  static Optional<GifFrames> of(byte[] bytes) {
    Walk walk = new Walk(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    try {
      walk.toEnd();
    } catch (IndexOutOfBoundsException e) {
      // As giflib does, take what was there before the bytes ended.
      return walk.frames();
    }
    return walk.frames();
  }

  /** A file of no more than the first frame, if that gives the same pixels. */
  byte[] firstAlone(byte[] bytes) {
    if (!isFirstLargest || firstEnd >= bytes.length) {
      return bytes;
    }
    byte[] first = Arrays.copyOf(bytes, firstEnd + 1);
    first[firstEnd] = END;
    return first;
  }

  /** Pixels of the canvas, or of an image of one frame that takes as much memory to decode. */
  long pixels() {
    long canvas = width * height;
    long asMuch = (CANVAS_BYTES * canvas + area) / (CANVAS_BYTES + 1);
    return isFirstLargest ? canvas : Math.max(canvas, asMuch);
  }

  /** Where the walk is, and what it saw. */
  private static final class Walk {
    private final ByteBuffer bytes;
    private int position = RECORDS;
    private int count;
    private long firstWidth;
    private long firstHeight;
    private long width;
    private long height;
    private long area;
    private int firstEnd = Integer.MAX_VALUE;

    Walk(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    Optional<GifFrames> frames() {
      boolean isFirstLargest = firstWidth == width && firstHeight == height;
      return count == 0
          ? Optional.empty()
          : Optional.of(new GifFrames(width, height, area, isFirstLargest, firstEnd));
    }

    void toEnd() {
      skipColors(bytes.get(FLAGS));
      while (true) {
        byte record = bytes.get(position++);
        if (record == FRAME) {
          frame();
        } else if (record == EXTENSION) {
          // Of an extension giflib reads a block, then blocks up to an empty one.
          position++;
          skipBlock();
          skipBlocks();
        } else {
          return;
        }
      }
    }

    private void frame() {
      long frameWidth = Short.toUnsignedLong(bytes.getShort(position + 4));
      long frameHeight = Short.toUnsignedLong(bytes.getShort(position + 6));
      byte flags = bytes.get(position + DESCRIPTOR - 1);
      if (count == 0) {
        firstWidth = frameWidth;
        firstHeight = frameHeight;
      }
      count++;
      width = Math.max(width, frameWidth);
      height = Math.max(height, frameHeight);
      area += frameWidth * frameHeight;
      position += DESCRIPTOR;
      skipColors(flags);
      position++;
      skipBlocks();
      firstEnd = Math.min(firstEnd, position);
    }

    private void skipColors(byte flags) {
      if ((flags & HAS_COLORS) != 0) {
        position += CANVAS_BYTES << ((flags & COLORS) + 1);
      }
    }

    private int skipBlock() {
      int length = Byte.toUnsignedInt(bytes.get(position));
      position += 1 + length;
      return length;
    }

    private void skipBlocks() {
      int length = skipBlock();
      while (length > 0) {
        length = skipBlock();
      }
    }
  }
}
