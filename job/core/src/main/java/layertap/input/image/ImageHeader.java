package layertap.input.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What an encoded image says of itself before its pixels.
 *
 * @param bits of a sample, where the format says so; else 8
 */
record ImageHeader(long width, long height, int bits) {
  private static final int PNG_SIZE = 16;
  private static final int GIF_SIZE = 6;
  private static final int BMP_SIZE = 18;
  private static final int BITS = 8;

  /** The header; empty for one that cannot be read, which no decoder can either. */
  static Optional<ImageHeader> of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (ImageFormat.decodable(bytes)) {
        case "JPEG" -> ofJpeg(buffer);
        case "PNG" ->
            Optional.of(
                new ImageHeader(
                    Integer.toUnsignedLong(buffer.getInt(PNG_SIZE)),
                    Integer.toUnsignedLong(buffer.getInt(PNG_SIZE + 4)),
                    buffer.get(PNG_SIZE + 8)));
        case "GIF" ->
            Optional.of(
                new ImageHeader(
                    Short.toUnsignedLong(little.getShort(GIF_SIZE)),
                    Short.toUnsignedLong(little.getShort(GIF_SIZE + 2)),
                    BITS));
        case "BMP" ->
            Optional.of(
                new ImageHeader(
                    Math.abs((long) little.getInt(BMP_SIZE)),
                    Math.abs((long) little.getInt(BMP_SIZE + 4)),
                    BITS));
        default -> Optional.empty();
      };
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  long pixels() {
    return width * height;
  }

  /** Looks for the frame header between the segments before it. */
  private static Optional<ImageHeader> ofJpeg(ByteBuffer bytes) {
    int position = 2;
    while (true) {
      if (bytes.get(position) != (byte) 0xff) {
        return Optional.empty();
      }
      int marker = Byte.toUnsignedInt(bytes.get(position + 1));
      if (marker == 0xff) {
        position++;
        continue;
      }
      if (isFrame(marker)) {
        return Optional.of(
            new ImageHeader(
                Short.toUnsignedLong(bytes.getShort(position + 7)),
                Short.toUnsignedLong(bytes.getShort(position + 5)),
                bytes.get(position + 4)));
      }
      position += 2 + Short.toUnsignedInt(bytes.getShort(position + 2));
    }
  }

  /** SOF0 to SOF15, but for the tables whose numbers lie between them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
}
