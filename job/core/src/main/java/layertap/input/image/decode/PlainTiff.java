package layertap.input.image.decode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a TIFF image anew with no tags but those that its samples need, all checked, so that a
 * decoder meets nothing else. Colours and differences are left to whoever reads the samples: all
 * are grey, or red, green, blue and others.
 */
final class PlainTiff {
  private static final int HEADER = 8;
  private static final int ENTRY = 12;

  /** Header, directory and values of tags but those of parts take less. */
  private static final int BESIDE = 1024;

  private static final short SHORT = 3;
  private static final short LONG = 4;
  private static final short UNDEFINED = 7;

  private final TiffFile file;
  private final boolean isUnpacked;
  private final ByteBuffer bytes;
  private final List<ByteBuffer> entries = new ArrayList<>();
  private int end;

  private PlainTiff(TiffFile file, int capacity) {
    this.file = file;
    this.isUnpacked = TiffUnpacker.unpacks(file.compression());
    this.bytes = ByteBuffer.allocate(capacity).order(file.tags().order());
    this.end = HEADER;
  }

  /**
   * The file.
   *
   * @throws IOException if a part of it is damaged, or larger than its place
   */
  static byte[] of(TiffFile file) throws IOException {
    long parts = file.parts();
    long data = file.bytes().limit();
    if (TiffUnpacker.unpacks(file.compression())) {
      data = parts * file.partBytes(0);
    }
    int tables = file.tags().numbers(TiffTags.JPEG_TABLES).length;
    // A part may have to begin one byte later; then where each begins, and its length.
    long capacity = data + parts * (1 + 2 * Integer.BYTES) + tables + BESIDE;
    return new PlainTiff(file, Math.toIntExact(capacity)).write();
  }

  private byte[] write() throws IOException {
    boolean isJpeg = file.compression() == TiffTags.JPEG;
    long[] offsets = file.offsets();
    long[] lengths = file.lengths();
    int count = (int) file.parts();
    long[] starts = new long[count];
    long[] written = new long[count];
    for (int i = 0; i < count; i++) {
      byte[] part = file.part((int) offsets[i], (int) lengths[i]);
      if (isUnpacked) {
        part = TiffUnpacker.unpack(file.compression(), part, Math.toIntExact(file.partBytes(i)));
      } else if (isJpeg && !isOfTile(part)) {
        throw new IOException("a part is larger than its place");
      }
      starts[i] = append(part);
      written[i] = part.length;
    }
    entry(TiffTags.WIDTH, file.width());
    entry(TiffTags.HEIGHT, file.height());
    shorts(TiffTags.BITS, repeated(file.sampleBits()));
    shorts(TiffTags.COMPRESSION, isUnpacked ? TiffTags.RAW : file.compression());
    shorts(TiffTags.PHOTOMETRIC, isJpeg ? file.photometric() : plainColours());
    copied(TiffTags.FILL_ORDER, SHORT);
    if (!file.isTiled()) {
      entry(TiffTags.STRIP_OFFSETS, starts);
    }
    shorts(TiffTags.SAMPLES, file.samples());
    if (!file.isTiled()) {
      entry(TiffTags.STRIP_ROWS, file.tileHeight());
      entry(TiffTags.STRIP_LENGTHS, written);
    }
    shorts(TiffTags.PLANAR, file.isPlanar() ? TiffTags.SEPARATE_PLANES : 1);
    copied(TiffTags.T4_OPTIONS, LONG);
    copied(TiffTags.T6_OPTIONS, LONG);
    if (file.isTiled()) {
      entry(TiffTags.TILE_WIDTH, file.tileWidth());
      entry(TiffTags.TILE_HEIGHT, file.tileHeight());
      entry(TiffTags.TILE_OFFSETS, starts);
      entry(TiffTags.TILE_LENGTHS, written);
    }
    int beside = file.samples() - (plainColours() == TiffTags.RGB ? 3 : 1);
    if (beside > 0) {
      shorts(TiffTags.EXTRA_SAMPLES, new long[beside]);
    }
    shorts(TiffTags.SAMPLE_FORMAT, repeated(file.sampleFormat()));
    tables();
    if (file.photometric() == TiffTags.YCBCR) {
      copied(TiffTags.SUBSAMPLING, SHORT);
    }
    return finish();
  }

  private int plainColours() {
    return file.colors() == 1 ? TiffTags.BLACK_IS_ZERO : TiffTags.RGB;
  }

  private boolean isOfTile(byte[] jpeg) {
    return ImageHeader.ofJpeg(ByteBuffer.wrap(jpeg))
        .filter(header -> header.width() <= file.tileWidth())
        .filter(header -> header.height() <= file.tileHeight())
        .isPresent();
  }

  private long[] repeated(long value) {
    long[] values = new long[file.samples()];
    Arrays.fill(values, value);
    return values;
  }

  private long append(byte[] data) {
    int start = end + end % 2;
    bytes.put(start, data);
    end = start + data.length;
    return start;
  }

  private void copied(int tag, short type) {
    long[] values = file.tags().numbers(tag);
    if (values.length > 0) {
      add(tag, type, Arrays.copyOf(values, Math.min(values.length, 2)));
    }
  }

  private void tables() {
    long[] values = file.tags().numbers(TiffTags.JPEG_TABLES);
    if (values.length > 0 && file.compression() == TiffTags.JPEG) {
      byte[] data = new byte[values.length];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) values[i];
      }
      entries.add(entry(TiffTags.JPEG_TABLES, UNDEFINED, data.length).putInt((int) append(data)));
    }
  }

  private void shorts(int tag, long... values) {
    add(tag, SHORT, values);
  }

  private void entry(int tag, long... values) {
    add(tag, LONG, values);
  }

  private void add(int tag, short type, long... values) {
    int size = type == SHORT ? Short.BYTES : Integer.BYTES;
    ByteBuffer data = ByteBuffer.allocate(Math.max(Integer.BYTES, values.length * size));
    data.order(bytes.order());
    for (long value : values) {
      if (type == SHORT) {
        data.putShort((short) value);
      } else {
        data.putInt((int) value);
      }
    }
    ByteBuffer entry = entry(tag, type, values.length);
    if (data.capacity() == Integer.BYTES) {
      entry.put(data.array());
    } else {
      entry.putInt((int) append(data.array()));
    }
    entries.add(entry);
  }

  private ByteBuffer entry(int tag, short type, int count) {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY).order(bytes.order());
    return entry.putShort((short) tag).putShort(type).putInt(count);
  }

  private byte[] finish() {
    int directory = end + end % 2;
    bytes.put(0, file.part(0, 4)).putInt(4, directory);
    bytes.putShort(directory, (short) entries.size());
    int position = directory + 2;
    for (ByteBuffer entry : entries) {
      bytes.put(position, entry, 0, ENTRY);
      position += ENTRY;
    }
    return Arrays.copyOf(bytes.array(), position + Integer.BYTES);
  }
}
