package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What the decoder of an encoded image will find, read as the decoder reads it.
 *
 * @param pixels of an image of one frame that takes as much memory to decode
 * @param bits of a sample, where the format says so; else 8
 */
public record ImageHeader(long width, long height, long pixels, int bits) {
  private static final int BITS = 8;

  private static final int JPEG_START = 0xd8;
  private static final int JPEG_END = 0xd9;
  private static final int JPEG_SCAN = 0xda;

  /** APP1. */
  private static final int JPEG_APPLICATION = 0xe1;

  /** The header; empty for one that cannot be read, which is not to be decoded. */
  public static Optional<ImageHeader> of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (ImageFormat.decodable(bytes)) {
        case "JPEG" -> ofJpeg(buffer);
        case "PNG" -> PngChunks.header(bytes).map(ImageHeader::ofPng);
        case "GIF" ->
            GifFrames.of(bytes)
                .map(gif -> new ImageHeader(gif.width(), gif.height(), gif.pixels(), BITS));
        case "BMP" ->
            BitmapFile.hasOldHeader(little) ? Optional.empty() : Optional.of(ofBmp(little));
        case "WebP" -> WebpFile.of(bytes).map(file -> of(file.width(), file.height(), BITS));
        case "TIFF" ->
            TiffFile.of(bytes)
                .map(
                    file ->
                        new ImageHeader(
                            file.width(), file.height(), file.pixels(), file.sampleBits()));
        default -> Optional.empty();
      };
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static ImageHeader of(long width, long height, int bits) {
    return new ImageHeader(width, height, width * height, bits);
  }

  private static ImageHeader ofBmp(ByteBuffer file) {
    return of(BitmapFile.width(file), BitmapFile.height(file), BITS);
  }

  private static ImageHeader ofPng(ByteBuffer header) {
    return of(
        Integer.toUnsignedLong(header.getInt(0)),
        Integer.toUnsignedLong(header.getInt(Integer.BYTES)),
        header.get(2 * Integer.BYTES));
  }

  /**
   * Looks for the frame header between the segments before it, as libjpeg does: it passes over
   * whatever stands between two segments.
   */
  static Optional<ImageHeader> ofJpeg(ByteBuffer bytes) {
    int position = 2;
    while (true) {
      position = afterMarker(bytes, position);
      int marker = Byte.toUnsignedInt(bytes.get(position - 1));
      if (isFrame(marker)) {
        return Optional.of(
            of(
                Short.toUnsignedLong(bytes.getShort(position + 5)),
                Short.toUnsignedLong(bytes.getShort(position + 3)),
                bytes.get(position + 2)));
      }
      if (marker == JPEG_START || marker == JPEG_END || marker == JPEG_SCAN) {
        return Optional.empty();
      }
      if (hasLength(marker)) {
        position += Math.max(2, Short.toUnsignedInt(bytes.getShort(position)));
      }
    }
  }

  /** The data of the first segment before the pixels that begins so, without its beginning. */
  static Optional<ByteBuffer> jpegSegment(byte[] bytes, byte[] beginning) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int position = 2;
    while (true) {
      position = afterMarker(buffer, position);
      int marker = Byte.toUnsignedInt(buffer.get(position - 1));
      if (marker == JPEG_START || marker == JPEG_END || marker == JPEG_SCAN) {
        return Optional.empty();
      }
      if (hasLength(marker)) {
        int length = Math.max(2, Short.toUnsignedInt(buffer.getShort(position)));
        ByteBuffer data = buffer.slice(position + 2, length - 2);
        if (marker == JPEG_APPLICATION
            && data.limit() >= beginning.length
            && data.slice(0, beginning.length).equals(ByteBuffer.wrap(beginning))) {
          return Optional.of(data.slice(beginning.length, data.limit() - beginning.length));
        }
        position += length;
      }
    }
  }

  /** A marker is a byte 0xff, or several, and one that is neither 0xff nor 0. */
  private static int afterMarker(ByteBuffer bytes, int start) {
    int position = start;
    while (true) {
      while (bytes.get(position) != (byte) 0xff) {
        position++;
      }
      while (bytes.get(position) == (byte) 0xff) {
        position++;
      }
      if (bytes.get(position++) != 0) {
        return position;
      }
    }
  }

  /** All but the restart markers and one for temporary use, after which nothing belongs to them. */
  private static boolean hasLength(int marker) {
    return marker != 0x01 && (marker < 0xd0 || marker > 0xd7);
  }

  /** SOF0 to SOF15, but for the tables whose numbers lie between them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
}
