package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the stored rows of an image are to be turned so that it stands upright, as EXIF has it. */
public enum Orientation {
  UPRIGHT(false, false, false),
  MIRRORED(false, false, true),
  UPSIDE_DOWN(false, true, true),
  MIRRORED_UPSIDE_DOWN(false, true, false),
  TRANSPOSED(true, false, false),
  /** A camera on its left side: to be turned to the right. */
  TO_THE_RIGHT(true, false, true),
  TRANSVERSED(true, true, true),
  TO_THE_LEFT(true, true, false);

  private static final int TAG = 274;
  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

  private final boolean isTransposed;
  private final boolean reversesRows;
  private final boolean reversesColumns;

  Orientation(boolean isTransposed, boolean reversesRows, boolean reversesColumns) {
    this.isTransposed = isTransposed;
    this.reversesRows = reversesRows;
    this.reversesColumns = reversesColumns;
  }

  /** Whether rows become columns, before anything is reversed. */
  public boolean isTransposed() {
    return isTransposed;
  }

  /** The axes (0: rows, 1: columns) that are reversed after that. */
  public List<Integer> reversed() {
    List<Integer> axes = new ArrayList<>();
    if (reversesRows) {
      axes.add(0);
    }
    if (reversesColumns) {
      axes.add(1);
    }
    return List.copyOf(axes);
  }

  /** That of an image; upright where it says none, or none that there is. */
  public static Orientation of(byte[] bytes) {
    try {
      return exif(bytes).flatMap(TiffDirectory::of).map(Orientation::of).orElse(UPRIGHT);
    } catch (IndexOutOfBoundsException e) {
      return UPRIGHT;
    }
  }

  private static Orientation of(TiffDirectory exif) {
    long number = exif.number(TAG, 1);
    return number < 1 || number > values().length ? UPRIGHT : values()[(int) number - 1];
  }

  private static Optional<ByteBuffer> exif(byte[] bytes) {
    return switch (ImageFormat.decodable(bytes)) {
      case "JPEG" -> ImageHeader.jpegSegment(bytes, EXIF);
      case "PNG" -> PngChunks.exif(bytes);
      case "WebP" -> WebpFile.exif(bytes).map(Orientation::withoutName);
      case "TIFF" -> Optional.of(ByteBuffer.wrap(bytes));
      default -> Optional.empty();
    };
  }

  /** Some writers begin a chunk of EXIF data as a segment of a JPEG begins. */
  private static ByteBuffer withoutName(ByteBuffer exif) {
    boolean isNamed =
        exif.limit() >= EXIF.length && exif.slice(0, EXIF.length).equals(ByteBuffer.wrap(EXIF));
    return isNamed ? exif.slice(EXIF.length, exif.limit() - EXIF.length) : exif;
  }
}
