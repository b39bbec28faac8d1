package layertap.input.image.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Chunks of a PNG. */
final class PngChunks {
  private static final int SIGNATURE = 8;

  /** Length and type before the data of a chunk, checksum after it. */
  private static final int AROUND_DATA = 12;

  private static final int BEFORE_DATA = 8;

  private static final int HEADER = 'I' << 24 | 'H' << 16 | 'D' << 8 | 'R';
  private static final int EXIF = 'e' << 24 | 'X' << 16 | 'I' << 8 | 'f';
  private static final int COMPRESSED_TEXT = 'z' << 24 | 'T' << 16 | 'X' << 8 | 't';
  private static final int INTERNATIONAL_TEXT = 'i' << 24 | 'T' << 16 | 'X' << 8 | 't';

  private PngChunks() {}

  /** The header, which need not come first: libpng passes over chunks that it does not know. */
  static Optional<ByteBuffer> header(byte[] bytes) {
    return first(bytes, HEADER);
  }

  /** The EXIF data, which may stand before the pixels or after them; empty if there is none. */
  static Optional<ByteBuffer> exif(byte[] bytes) {
    return first(bytes, EXIF);
  }

  /** The data of the first chunk of a type that is whole. */
  private static Optional<ByteBuffer> first(byte[] bytes, int type) {
    ByteBuffer chunks = ByteBuffer.wrap(bytes);
    for (int position = SIGNATURE, end = end(chunks, position);
        end >= 0;
        position = end, end = end(chunks, position)) {
      if (type(chunks, position) == type) {
        return Optional.of(chunks.slice(position + BEFORE_DATA, end - position - AROUND_DATA));
      }
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
    for (int position = SIGNATURE, end = end(chunks, position);
        end >= 0;
        position = end, end = end(chunks, position)) {
      int type = type(chunks, position);
      if (type == COMPRESSED_TEXT || type == INTERNATIONAL_TEXT) {
        kept = kept == null ? new ByteArrayOutputStream(bytes.length) : kept;
        kept.write(bytes, start, position - start);
        start = end;
      }
    }
    if (kept == null) {
      return bytes;
    }
    kept.write(bytes, start, bytes.length - start);
    return kept.toByteArray();
  }

  private static int type(ByteBuffer chunks, int position) {
    return chunks.getInt(position + Integer.BYTES);
  }

  /** Where the chunk at a position ends; less than 0 if that is not in the file. */
  private static int end(ByteBuffer chunks, int position) {
    if (position + AROUND_DATA > chunks.limit()) {
      return -1;
    }
    long end = position + AROUND_DATA + Integer.toUnsignedLong(chunks.getInt(position));
    return end > chunks.limit() ? -1 : (int) end;
  }
}
