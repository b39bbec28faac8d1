package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The first directory of a TIFF file, or of EXIF data, which has the same form. */
final class TiffDirectory {
  private static final int ENTRY = 12;
  private static final int MAGIC = 42;
  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;

  private final ByteBuffer file;

  /** Where the entry of a tag is. */
  private final Map<Integer, Integer> entries;

  private TiffDirectory(ByteBuffer file, Map<Integer, Integer> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** Reads which tags there are; empty for bytes that are no TIFF, or end before its directory. */
  static Optional<TiffDirectory> of(ByteBuffer bytes) {
    try {
      boolean isLittle = bytes.get(0) == 'I';
      ByteBuffer file =
          bytes.duplicate().order(isLittle ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      if (file.getShort(2) != MAGIC) {
        return Optional.empty();
      }
      int start = file.getInt(4);
      int count = Short.toUnsignedInt(file.getShort(start));
      Map<Integer, Integer> entries = new HashMap<>();
      for (int i = 0; i < count; i++) {
        int entry = Math.addExact(start, 2 + i * ENTRY);
        entries.putIfAbsent(Short.toUnsignedInt(file.getShort(entry)), entry);
      }
      return Optional.of(new TiffDirectory(file, entries));
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  ByteOrder order() {
    return file.order();
  }

  /**
   * The whole numbers of a tag; none if it is not there, or holds others.
   *
   * @throws IndexOutOfBoundsException if they are not in the file
   */
  long[] numbers(int tag) {
    Integer entry = entries.get(tag);
    if (entry == null) {
      return new long[0];
    }
    int size =
        switch (file.getShort(entry + 2)) {
          case BYTE, UNDEFINED -> Byte.BYTES;
          case SHORT -> Short.BYTES;
          case LONG -> Integer.BYTES;
          default -> 0;
        };
    if (size == 0) {
      return new long[0];
    }
    long count = Integer.toUnsignedLong(file.getInt(entry + 4));
    if (count * size > file.limit()) {
      throw new IndexOutOfBoundsException("tag " + tag);
    }
    int position = count * size > Integer.BYTES ? file.getInt(entry + 8) : entry + 8;
    file.slice(position, (int) count * size);
    long[] numbers = new long[(int) count];
    for (int i = 0; i < numbers.length; i++) {
      int at = position + i * size;
      numbers[i] =
          switch (size) {
            case Byte.BYTES -> Byte.toUnsignedLong(file.get(at));
            case Short.BYTES -> Short.toUnsignedLong(file.getShort(at));
            default -> Integer.toUnsignedLong(file.getInt(at));
          };
    }
    return numbers;
  }

  /** The first number of a tag, or what holds without it. */
  long number(int tag, long otherwise) {
    long[] numbers = numbers(tag);
    return numbers.length == 0 ? otherwise : numbers[0];
  }
}
