package layertap.input.image.decode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks a strip or a tile of a TIFF image, of which all must be there: readers of images leave
 * what a damaged one lacks black, and say nothing.
 */
final class TiffUnpacker {
  private static final int LZW_CLEAR = 256;
  private static final int LZW_END = 257;
  private static final int LZW_FIRST = 258;
  private static final int LZW_CODES = 4096;
  private static final int LZW_LEAST_BITS = 9;
  private static final int LZW_MOST_BITS = 12;

  private TiffUnpacker() {}

  /** Whether a compression is one of those that are unpacked here. */
  static boolean unpacks(int compression) {
    return switch (compression) {
      case TiffTags.RAW, TiffTags.LZW, TiffTags.DEFLATE, TiffTags.OLD_DEFLATE, TiffTags.PACK_BITS ->
          true;
      default -> false;
    };
  }

  /**
   * So many bytes.
   *
   * @throws IOException if there are fewer, or they are damaged
   */
  static byte[] unpack(int compression, byte[] packed, int length) throws IOException {
    byte[] unpacked = compression == TiffTags.RAW ? packed : new byte[length];
    int there =
        switch (compression) {
          case TiffTags.RAW -> packed.length;
          case TiffTags.LZW -> lzw(packed, unpacked);
          case TiffTags.PACK_BITS -> packBits(packed, unpacked);
          default -> inflate(packed, unpacked);
        };
    if (there < length) {
      throw new IOException("a part has %s bytes, not %s".formatted(there, length));
    }
    return there == length ? unpacked : Arrays.copyOf(unpacked, length);
  }

  private static int inflate(byte[] packed, byte[] unpacked) throws IOException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      int end = 0;
      int count = 1;
      while (count > 0 && end < unpacked.length) {
        count = inflater.inflate(unpacked, end, unpacked.length - end);
        end += count;
      }
      return end;
    } catch (DataFormatException e) {
      throw new IOException(e);
    } finally {
      inflater.end();
    }
  }

  private static int packBits(byte[] packed, byte[] unpacked) {
    ByteBuffer from = ByteBuffer.wrap(packed);
    int end = 0;
    while (end < unpacked.length && from.remaining() > 1) {
      int count = from.get();
      if (count >= 0) {
        int copied = Math.min(Math.min(count + 1, from.remaining()), unpacked.length - end);
        from.get(unpacked, end, copied);
        end += copied;
      } else if (count > Byte.MIN_VALUE) {
        int next = Math.min(unpacked.length, end + 1 - count);
        Arrays.fill(unpacked, end, next, from.get());
        end = next;
      }
    }
    return end;
  }

  /** Each code stands for bytes that were written before: where they begin, and how many. */
  private static int lzw(byte[] packed, byte[] unpacked) throws IOException {
    int[] starts = new int[LZW_CODES];
    int[] lengths = new int[LZW_CODES];
    int codes = LZW_FIRST;
    int bits = LZW_LEAST_BITS;
    int end = 0;
    int lastStart = -1;
    int lastLength = 0;
    long position = 0;
    while (end < unpacked.length && position + bits <= (long) packed.length * Byte.SIZE) {
      int code = code(packed, position, bits);
      position += bits;
      if (code == LZW_END) {
        return end;
      }
      if (code == LZW_CLEAR) {
        codes = LZW_FIRST;
        bits = LZW_LEAST_BITS;
        lastStart = -1;
        continue;
      }
      int start = end;
      if (lastStart >= 0 && codes < LZW_CODES) {
        // What was written last, and the byte that is written next.
        starts[codes] = lastStart;
        lengths[codes++] = lastLength + 1;
      }
      if (code < LZW_CLEAR) {
        unpacked[end++] = (byte) code;
      } else if (code < codes) {
        int length = Math.min(lengths[code], unpacked.length - end);
        // Byte by byte: they may overlap.
        for (int i = 0; i < length; i++) {
          unpacked[end++] = unpacked[starts[code] + i];
        }
      } else {
        throw new IOException("a code that stands for nothing");
      }
      lastStart = start;
      lastLength = end - start;
      // A code earlier than it need be, as TIFF has it.
      if (codes + 2 > 1 << bits && bits < LZW_MOST_BITS) {
        bits++;
      }
    }
    return end;
  }

  private static int code(byte[] packed, long position, int bits) {
    int code = 0;
    int first = (int) (position / Byte.SIZE);
    for (int i = 0; i < 3; i++) {
      int next = first + i < packed.length ? Byte.toUnsignedInt(packed[first + i]) : 0;
      code = (code << Byte.SIZE) | next;
    }
    int after = 3 * Byte.SIZE - bits - (int) (position % Byte.SIZE);
    return (code >> after) & ((1 << bits) - 1);
  }
}
