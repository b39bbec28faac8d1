package layertap.input.image.decode.webp;

import java.nio.ByteBuffer;

/** Bits of bytes, the lowest of each first. Not thread-safe. */
final class BitReader {
  private final ByteBuffer bytes;
  private int position;

  BitReader(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /**
   * The next bits as a number, the first of them the lowest.
   *
   * @throws IndexOutOfBoundsException if there are not so many
   */
  int read(int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
      int bit = bytes.get(position / Byte.SIZE) >> (position % Byte.SIZE) & 1;
      number |= bit << i;
      position++;
    }
    return number;
  }

  boolean isSet() {
    return read(1) == 1;
  }
}
