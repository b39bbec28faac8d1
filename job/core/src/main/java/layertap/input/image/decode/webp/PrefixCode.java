package layertap.input.image.decode.webp;

import java.util.Arrays;

/** A canonical prefix code of a lossless WebP: from bits to symbols. Immutable. */
final class PrefixCode {
  private static final int LONGEST = 15;
  private static final int CODE_LENGTHS = 19;

  /** Of which length of a code a length is written, in the order of the file. */
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  private static final int FIRST_REPEAT = 16;
  private static final int[] REPEAT_BITS = {2, 3, 7};
  private static final int[] REPEAT_LEAST = {3, 3, 11};
  private static final int BYTE = 8;

  /** How many codes have a length; the symbols in the order of their codes. */
  private final int[] counts = new int[LONGEST + 1];

  private final int[] symbols;

  /**
   * Of the length of each symbol's code, 0 for those without.
   *
   * @throws DamagedWebpException if no code has such lengths
   */
  PrefixCode(int... lengths) {
    int used = 0;
    for (int length : lengths) {
      counts[length] += length > 0 ? 1 : 0;
      used += length > 0 ? 1 : 0;
    }
    symbols = new int[used];
    int next = 0;
    int free = 1;
    for (int length = 1; length <= LONGEST; length++) {
      free = 2 * free - counts[length];
      for (int symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] == length) {
          symbols[next++] = symbol;
        }
      }
    }
    if (used == 0 || (used > 1 && free != 0)) {
      throw new DamagedWebpException();
    }
  }

  /** Reads how a code is written. */
  static PrefixCode read(BitReader bits, int alphabet) {
    int[] lengths = new int[alphabet];
    if (bits.isSet()) {
      boolean areTwo = bits.isSet();
      set(lengths, bits.read(bits.isSet() ? BYTE : 1));
      if (areTwo) {
        set(lengths, bits.read(BYTE));
      }
    } else {
      readLengths(bits, lengths);
    }
    return new PrefixCode(lengths);
  }

  private static void set(int[] lengths, int symbol) {
    if (symbol < lengths.length) {
      lengths[symbol] = 1;
    }
  }

  private static void readLengths(BitReader bits, int... lengths) {
    int[] ofLengths = new int[CODE_LENGTHS];
    int written = bits.read(4) + 4;
    for (int i = 0; i < Math.min(written, CODE_LENGTHS); i++) {
      ofLengths[ORDER[i]] = bits.read(3);
    }
    if (written > CODE_LENGTHS) {
      throw new DamagedWebpException();
    }
    PrefixCode code = new PrefixCode(ofLengths);
    int left = bits.isSet() ? 2 + bits.read(2 + 2 * bits.read(3)) : lengths.length;
    int previous = BYTE;
    int symbol = 0;
    while (symbol < lengths.length && left-- > 0) {
      int length = code.next(bits);
      if (length < FIRST_REPEAT) {
        lengths[symbol++] = length;
        previous = length > 0 ? length : previous;
      } else {
        int kind = length - FIRST_REPEAT;
        int repeated = REPEAT_LEAST[kind] + bits.read(REPEAT_BITS[kind]);
        if (symbol + repeated > lengths.length) {
          throw new DamagedWebpException();
        }
        Arrays.fill(lengths, symbol, symbol + repeated, kind == 0 ? previous : 0);
        symbol += repeated;
      }
    }
  }

  /** Reads a symbol. A code of one symbol takes no bits. */
  int next(BitReader bits) {
    if (symbols.length == 1) {
      return symbols[0];
    }
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code |= bits.read(1);
      if (code - first < counts[length]) {
        return symbols[index + code - first];
      }
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new DamagedWebpException();
  }
}
