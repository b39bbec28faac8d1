package layertap.model.checkpoint;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import layertap.checksum.MaskedCrc32c;

/**
 * How a TensorBundle holds strings: their lengths as varints, a checksum of the lengths, then the
 * bytes ("tensor_bundle.cc", {@code ReadStringTensor}).
 */
public final class StringTensors {
  private StringTensors() {}

  /**
   * The strings.
   *
   * @throws IOException if the bytes are not of that form, or a checksum is wrong
   */
  public static List<ByteString> decode(BundleEntry entry, byte[] bytes, int offset)
      throws IOException {
    CodedInputStream stream = CodedInputStream.newInstance(bytes, offset, (int) entry.length());
    CRC32C checksum = new CRC32C();
    List<Integer> lengths = new ArrayList<>();
    long total = 0;
    for (long i = 0; i < entry.elementCount(); i++) {
      int length = stream.readRawVarint32();
      lengths.add(length);
      checksum.update(littleEndian(length));
      total += Integer.toUnsignedLong(length);
    }
    int stored = stream.readRawLittleEndian32();
    if (MaskedCrc32c.of(checksum) != stored
        || total != entry.length() - stream.getTotalBytesRead()) {
      throw new IOException("the lengths of its strings are damaged");
    }
    checksum.update(littleEndian(stored));
    List<ByteString> strings = new ArrayList<>();
    for (int length : lengths) {
      byte[] string = stream.readRawBytes(length);
      checksum.update(string);
      strings.add(ByteString.copyFrom(string));
    }
    if (MaskedCrc32c.of(checksum) != entry.checksum()) {
      throw new IOException("the checksum of its strings is wrong");
    }
    return strings;
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
