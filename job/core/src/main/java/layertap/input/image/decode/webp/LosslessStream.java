package layertap.input.image.decode.webp;

import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * A VP8L bit stream up to its pixels. Each block of an image says which group of five prefix codes
 * its pixels are written with; libwebp makes tables for all groups at once, of up to 20 kB each,
 * and there may be 65,536 of them in a file of 300 kB, whatever the size of the image. Not
 * thread-safe.
 */
public final class LosslessStream {
  private static final int BEFORE_SIZE = 8;
  private static final int SIZE_BITS = 14;

  /** Whether there is transparency, and the version. */
  private static final int AFTER_SIZE = 4;

  private static final int KINDS_OF_TRANSFORMS = 4;
  private static final int SUBTRACT_GREEN = 2;
  private static final int PALETTE = 3;
  private static final int BYTE = 8;
  private static final int BYTES = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;

  /** The side of the smallest block, by its logarithm. */
  private static final int LEAST_BLOCK = 2;

  private final BitReader bits;

  private LosslessStream(ByteBuffer stream) {
    bits = new BitReader(stream);
  }

  /** How many groups an image of a size can have at most. */
  public static int mostGroups(int width, int height) {
    long blocks = (long) blocks(width, LEAST_BLOCK) * blocks(height, LEAST_BLOCK);
    return (int) Math.min(blocks, BYTES * BYTES);
  }

  /**
   * How many groups of prefix codes libwebp makes tables for.
   *
   * @param stream the chunk VP8L
   * @throws DamagedWebpException if it is damaged before its pixels
   * @throws IndexOutOfBoundsException if it ends before them
   */
  public static int prefixCodeGroups(ByteBuffer stream) {
    return new LosslessStream(stream).groups();
  }

  private int groups() {
    bits.read(BEFORE_SIZE);
    int width = bits.read(SIZE_BITS) + 1;
    int height = bits.read(SIZE_BITS) + 1;
    bits.read(AFTER_SIZE);
    BitSet seen = new BitSet(KINDS_OF_TRANSFORMS);
    while (bits.isSet()) {
      int kind = bits.read(2);
      if (seen.get(kind)) {
        throw new DamagedWebpException();
      }
      seen.set(kind);
      if (kind == PALETTE) {
        int colors = bits.read(BYTE) + 1;
        image(colors, 1);
        width = blocks(width, packing(colors));
      } else if (kind != SUBTRACT_GREEN) {
        blockImage(width, height);
      }
    }
    cacheBits();
    return bits.isSet() ? blockImage(width, height).cardinality() : 1;
  }

  /** How many pixels share a byte if there are few colours, by the logarithm. */
  private static int packing(int colors) {
    if (colors <= 2) {
      return 3;
    }
    return colors <= 4 ? 2 : colors <= 16 ? 1 : 0;
  }

  private static int blocks(int size, int logarithm) {
    return (size + (1 << logarithm) - 1) >> logarithm;
  }

  private BitSet blockImage(int width, int height) {
    int block = bits.read(3) + LEAST_BLOCK;
    return image(blocks(width, block), blocks(height, block));
  }

  private int cacheBits() {
    return bits.isSet() ? bits.read(4) : 0;
  }

  /**
   * Passes over a small image that is a part of the stream.
   *
   * @return the values of red and green in it: what is copied from before, or from the cache, was
   *     written out before
   */
  private BitSet image(int width, int height) {
    int cache = cacheBits();
    PrefixCode green = PrefixCode.read(bits, BYTES + LENGTHS + (cache > 0 ? 1 << cache : 0));
    PrefixCode red = PrefixCode.read(bits, BYTES);
    PrefixCode blue = PrefixCode.read(bits, BYTES);
    PrefixCode alpha = PrefixCode.read(bits, BYTES);
    PrefixCode distance = PrefixCode.read(bits, DISTANCES);
    BitSet values = new BitSet();
    long position = 0;
    while (position < (long) width * height) {
      int symbol = green.next(bits);
      if (symbol < BYTES) {
        values.set(red.next(bits) << BYTE | symbol);
        blue.next(bits);
        alpha.next(bits);
        position++;
      } else if (symbol < BYTES + LENGTHS) {
        position += number(symbol - BYTES);
        number(distance.next(bits));
      } else {
        position++;
      }
    }
    return values;
  }

  /** A length or distance, of which a symbol gives the first bits. */
  private int number(int symbol) {
    if (symbol < 4) {
      return symbol + 1;
    }
    int more = (symbol - 2) >> 1;
    return ((2 + (symbol & 1)) << more) + bits.read(more) + 1;
  }
}
