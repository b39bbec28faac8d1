package layertap.input.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Texts in a PNG, which say nothing of its pixels. libpng unpacks each of the compressed ones to as
 * much as 8 MB and keeps them until the image is decoded, a thousand of them if there are as many.
 */
final class PngTexts {
  private static final int SIGNATURE = 8;

  /** Length and type before the data of a chunk, checksum after it. */
  private static final int AROUND_DATA = 12;

  private static final int COMPRESSED_TEXT = 'z' << 24 | 'T' << 16 | 'X' << 8 | 't';
  private static final int INTERNATIONAL_TEXT = 'i' << 24 | 'T' << 16 | 'X' << 8 | 't';

  private PngTexts() {}

  /** The file without texts that are compressed or may be; the same one if it has none. */
  static byte[] without(byte[] bytes) {
    ByteBuffer chunks = ByteBuffer.wrap(bytes);
    ByteArrayOutputStream kept = null;
    int start = 0;
    int position = SIGNATURE;
    while (position + AROUND_DATA <= bytes.length) {
      int type = chunks.getInt(position + 4);
      long end = position + AROUND_DATA + Integer.toUnsignedLong(chunks.getInt(position));
      if (end > bytes.length) {
        break;
      }
      if (type == COMPRESSED_TEXT || type == INTERNATIONAL_TEXT) {
        kept = kept == null ? new ByteArrayOutputStream(bytes.length) : kept;
        kept.write(bytes, start, position - start);
        start = (int) end;
      }
      position = (int) end;
    }
    if (kept == null) {
      return bytes;
    }
    kept.write(bytes, start, bytes.length - start);
    return kept.toByteArray();
  }
}
