package layertap.input.image.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Chunks of a PNG. */
final class PngChunks {
  private static final int SIGNATURE = 8;

  /** Length and type before the data of a chunk, checksum after it. */
  private static final int AROUND_DATA = 12;

  private static final int EXIF = 'e' << 24 | 'X' << 16 | 'I' << 8 | 'f';
  private static final int COMPRESSED_TEXT = 'z' << 24 | 'T' << 16 | 'X' << 8 | 't';
  private static final int INTERNATIONAL_TEXT = 'i' << 24 | 'T' << 16 | 'X' << 8 | 't';

  private PngChunks() {}

  /** The EXIF data, which may stand before the pixels or after them; empty if there is none. */
  static Optional<ByteBuffer> exif(byte[] bytes) {
    ByteBuffer chunks = ByteBuffer.wrap(bytes);
    long position = SIGNATURE;
    while (position + AROUND_DATA <= bytes.length) {
      int start = (int) position;
      long length = Integer.toUnsignedLong(chunks.getInt(start));
      if (position + AROUND_DATA + length > bytes.length) {
        return Optional.empty();
      }
      if (chunks.getInt(start + Integer.BYTES) == EXIF) {
        return Optional.of(chunks.slice(start + 2 * Integer.BYTES, (int) length));
      }
      position += AROUND_DATA + length;
    }
    return Optional.empty();
  }

  /**
   * The file without texts that are compressed or may be; the same one if it has none. They say
   * nothing of its pixels, and libpng unpacks each of them to as much as 8 MB and keeps them until
   * the image is decoded, a thousand of them if there are as many.
   */
  static byte[] withoutTexts(byte[] bytes) {
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
