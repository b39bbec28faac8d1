package layertap.input.image.decode;

import static java.util.Objects.checkFromIndexSize;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The first image of a TIFF file, as its tags have it. Copies nothing. */
final class TiffFile {
  /** Memory of a pixel in other formats: its three samples, and those of the decoder. */
  private static final int USUAL_BYTES = 4;

  private final ByteBuffer bytes;
  private final TiffDirectory tags;
  private final int width;
  private final int height;
  private final int samples;
  private final boolean isTiled;
  private final int tileWidth;
  private final int tileHeight;

  private TiffFile(ByteBuffer bytes, TiffDirectory tags) {
    this.bytes = bytes;
    this.tags = tags;
    this.width = size(TiffTags.WIDTH);
    this.height = size(TiffTags.HEIGHT);
    this.samples = (int) tags.number(TiffTags.SAMPLES, 1);
    this.isTiled = tags.number(TiffTags.TILE_WIDTH, 0) > 0;
    this.tileWidth = isTiled ? size(TiffTags.TILE_WIDTH) : width;
    this.tileHeight =
        isTiled
            ? size(TiffTags.TILE_HEIGHT)
            : (int) Math.min(height, Math.max(1, tags.number(TiffTags.STRIP_ROWS, height)));
  }

  /** Reads the tags; empty if sizes are not there, or what they say of is not in the file. */
  static Optional<TiffFile> of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      return TiffDirectory.of(buffer)
          .map(tags -> new TiffFile(buffer, tags))
          .filter(TiffFile::isWhole);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private int size(int tag) {
    return Math.toIntExact(tags.number(tag, 0));
  }

  private boolean isWhole() {
    if (width <= 0 || height <= 0 || tileWidth <= 0 || tileHeight <= 0) {
      return false;
    }
    long count = parts();
    long[] offsets = offsets();
    long[] lengths = lengths();
    if (samples < 1 || offsets.length < count || lengths.length < count) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < count; i++) {
      // An int, since an array holds the file.
      checkFromIndexSize(offsets[i], lengths[i], (long) bytes.limit());
      sum += lengths[i];
    }
    // Else a small file has many tiles of the same bytes, and each takes its time.
    return sum <= bytes.limit();
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Pixels with those that fill up tiles, or of an 8-bit image that takes as much memory. */
  long pixels() {
    long area = Math.multiplyExact(tilesAcross() * tileWidth, tilesDown() * tileHeight);
    long bytesOfPixel = Math.max(USUAL_BYTES, (long) samples * sampleBits() / Byte.SIZE);
    return Math.multiplyExact(area, bytesOfPixel) / USUAL_BYTES;
  }

  /** Strips, or tiles, with those of all planes. */
  long parts() {
    long tiles = Math.multiplyExact(tilesAcross(), tilesDown());
    return Math.multiplyExact(tiles, isPlanar() ? samples : 1);
  }

  /** The bytes of a part that is not compressed; the last strip of a plane may have fewer rows. */
  long partBytes(int part) {
    int first = isTiled ? 0 : (int) (part % tilesDown()) * tileHeight;
    int rows = isTiled ? tileHeight : Math.min(tileHeight, height - first);
    long bits = (long) tileWidth * (isPlanar() ? 1 : samples) * sampleBits();
    return Math.multiplyExact((bits + Byte.SIZE - 1) / Byte.SIZE, rows);
  }

  private long tilesAcross() {
    return (width + (long) tileWidth - 1) / tileWidth;
  }

  private long tilesDown() {
    return (height + (long) tileHeight - 1) / tileHeight;
  }

  int tileWidth() {
    return tileWidth;
  }

  int tileHeight() {
    return tileHeight;
  }

  boolean isTiled() {
    return isTiled;
  }

  long[] offsets() {
    return tags.numbers(isTiled ? TiffTags.TILE_OFFSETS : TiffTags.STRIP_OFFSETS);
  }

  long[] lengths() {
    return tags.numbers(isTiled ? TiffTags.TILE_LENGTHS : TiffTags.STRIP_LENGTHS);
  }

  boolean isPlanar() {
    return samples > 1 && tags.number(TiffTags.PLANAR, 1) == TiffTags.SEPARATE_PLANES;
  }

  /** Of a pixel, with those beside its colours. */
  int samples() {
    return samples;
  }

  /** Samples of colours. */
  int colors() {
    return switch (photometric()) {
      case TiffTags.RGB, TiffTags.YCBCR -> 3;
      case TiffTags.CMYK -> 4;
      default -> 1;
    };
  }

  /** Of the first sample; others have as many in what is decoded. */
  int sampleBits() {
    return (int) Math.min(Short.MAX_VALUE, tags.number(TiffTags.BITS, 1));
  }

  boolean hasEqualBits() {
    return Arrays.stream(tags.numbers(TiffTags.BITS)).allMatch(bits -> bits == sampleBits());
  }

  int sampleFormat() {
    return (int) tags.number(TiffTags.SAMPLE_FORMAT, TiffTags.UNSIGNED);
  }

  boolean isOfFloats() {
    return sampleFormat() == TiffTags.FLOAT;
  }

  int photometric() {
    return (int) tags.number(TiffTags.PHOTOMETRIC, -1);
  }

  int compression() {
    return (int) tags.number(TiffTags.COMPRESSION, TiffTags.RAW);
  }

  /** 1 for none. */
  int predictor() {
    boolean isPredicted =
        switch (compression()) {
          case TiffTags.LZW, TiffTags.DEFLATE, TiffTags.OLD_DEFLATE -> true;
          default -> false;
        };
    return isPredicted ? (int) tags.number(TiffTags.PREDICTOR, 1) : 1;
  }

  boolean isPremultiplied() {
    return samples == colors() + 1
        && tags.number(TiffTags.EXTRA_SAMPLES, 0) == TiffTags.PREMULTIPLIED;
  }

  /** Red, then green, then blue of 16 bits each, of a palette. */
  long[] palette() {
    return tags.numbers(TiffTags.COLORS);
  }

  TiffDirectory tags() {
    return tags;
  }

  byte[] part(int offset, int length) {
    byte[] part = new byte[length];
    bytes.get(offset, part);
    return part;
  }

  ByteBuffer bytes() {
    return bytes.duplicate();
  }
}
