package layertap.model.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.UserException;

/**
 * Keys under which a checkpoint holds the slices of partitioned variables: {@code
 * EncodeTensorNameSlice} of TensorFlow's "util/saved_tensor_slice_util.cc", on the number and
 * string formats of "lib/strings/ordered_code.h".
 */
final class SliceKeys {
  /** All of an axis. */
  private static final long FULL = -1;

  /** All of an axis, or start and length. */
  private static final Pattern EXTENT = Pattern.compile("-|(\\d{1,18}),(\\d{1,18})");

  private SliceKeys() {}

  /** A slice of one axis. */
  record Extent(long start, long length) {}

  /**
   * The extents of a slice as RestoreV2 writes it: the sizes of the whole tensor, then {@code
   * start,length} of each axis, or {@code -} for all of it: {@code "10 20 0,5:-"}.
   */
  static List<Extent> parse(String slice) {
    List<Extent> extents = new ArrayList<>();
    for (String axis : slice.substring(slice.lastIndexOf(' ') + 1).split(":", -1)) {
      Matcher matcher = EXTENT.matcher(axis);
      if (!matcher.matches()) {
        throw new UserException(
            "cannot read the slice '" + slice + "' of a variable; export the model again");
      }
      extents.add(
          axis.equals("-")
              ? new Extent(0, FULL)
              : new Extent(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))));
    }
    return extents;
  }

  /**
   * The sizes of the whole tensor, if a slice as RestoreV2 writes it is all of it: a variable that
   * was partitioned into one part.
   */
  static Optional<List<Long>> whole(String slice) {
    List<Extent> extents = parse(slice);
    String[] sizes = slice.split(" ", -1);
    if (sizes.length != extents.size() + 1) {
      return Optional.empty();
    }
    List<Long> shape = new ArrayList<>();
    for (int axis = 0; axis < extents.size(); axis++) {
      long size = sizes[axis].matches("\\d{1,18}") ? Long.parseLong(sizes[axis]) : -1;
      Extent extent = extents.get(axis);
      if (size < 0 || extent.start != 0 || (extent.length != FULL && extent.length != size)) {
        return Optional.empty();
      }
      shape.add(size);
    }
    return Optional.of(shape);
  }

  /** The key of a slice, raw bytes as an ISO-8859-1 string. */
  static String encode(String tensor, List<Extent> slice) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writeNumber(bytes, 0);
    writeString(bytes, tensor);
    writeNumber(bytes, slice.size());
    for (Extent extent : slice) {
      writeSigned(bytes, extent.start);
      writeSigned(bytes, extent.length);
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /** A byte with the length, then the number without leading zero bytes. */
  private static void writeNumber(ByteArrayOutputStream bytes, long number) {
    int length = (Long.SIZE - Long.numberOfLeadingZeros(number) + 7) / 8;
    bytes.write(length);
    for (int i = length - 1; i >= 0; i--) {
      bytes.write((int) (number >>> (8 * i)));
    }
  }

  /** Zero and 255 are escaped; zero and one end the string. */
  private static void writeString(ByteArrayOutputStream bytes, String text) {
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.write(next);
      if (next == 0 || next == (byte) 0xff) {
        bytes.write(next == 0 ? 0xff : 0);
      }
    }
    bytes.write(0);
    bytes.write(1);
  }

  /** Two's complement, the count of bytes in the leading bits, inverted for negative numbers. */
  private static void writeSigned(ByteArrayOutputStream bytes, long number) {
    long magnitude = number < 0 ? ~number : number;
    int length = 1;
    while (length < 10 && magnitude >>> Math.min(63, 7 * length - 1) != 0) {
      length++;
    }
    byte[] wide = new byte[10];
    for (int i = 0; i < wide.length; i++) {
      int shift = 8 * (wide.length - 1 - i);
      wide[i] = (byte) (number >> Math.min(63, shift));
    }
    int start = wide.length - length;
    int header = length <= 8 ? 0xff00 >> length & 0xff : 0xff;
    wide[start] ^= (byte) header;
    if (length > 8) {
      wide[start + 1] ^= (byte) (length == 9 ? 0x80 : 0xc0);
    }
    bytes.write(wide, start, length);
  }
}
