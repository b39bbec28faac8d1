package layertap.input.image.decode;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which TIFF images are decoded: those of which every sample is known to come out right. */
final class TiffSupport {
  private static final Set<Integer> COMPRESSIONS =
      Set.of(
          TiffTags.RAW,
          TiffTags.CCITT_RLE,
          TiffTags.CCITT_T4,
          TiffTags.CCITT_T6,
          TiffTags.LZW,
          TiffTags.JPEG,
          TiffTags.DEFLATE,
          TiffTags.PACK_BITS,
          TiffTags.OLD_DEFLATE);

  private static final Map<Integer, String> COMPRESSION_NAMES =
      Map.of(6, "old JPEG", 34712, "JPEG 2000", 34887, "LERC", 34925, "LZMA", 50000, "Zstandard");

  private final TiffFile file;

  private TiffSupport(TiffFile file) {
    this.file = file;
  }

  /** What of an image is not decoded, after "a TIFF image"; empty if all is. */
  static Optional<String> missing(TiffFile file) {
    return Optional.ofNullable(new TiffSupport(file).missing());
  }

  private String missing() {
    int compression = file.compression();
    if (!COMPRESSIONS.contains(compression)) {
      String name = COMPRESSION_NAMES.getOrDefault(compression, String.valueOf(compression));
      return "with the compression " + name;
    }
    if (file.tags().number(TiffTags.FILL_ORDER, 1) != 1
        && TiffUnpacker.unpacks(compression)
        && compression != TiffTags.RAW) {
      return "with bits in another order, compressed";
    }
    if (colours() != null) {
      return colours();
    }
    if (!hasKnownSamples()) {
      return "of %s bits a sample%s and %s samples a pixel"
          .formatted(
              file.hasEqualBits() ? file.sampleBits() : "unequal",
              switch (file.sampleFormat()) {
                case TiffTags.UNSIGNED -> "";
                case TiffTags.FLOAT -> " (float)";
                default -> " (not unsigned)";
              },
              file.samples());
    }
    boolean isOfBytes = file.sampleBits() == Byte.SIZE || file.sampleBits() == Short.SIZE;
    int predictor = file.predictor();
    if (predictor != 1 && (predictor != TiffTags.DIFFERENCES || !isOfBytes || file.isOfFloats())) {
      return "with the predictor %s of samples of %s bits".formatted(predictor, file.sampleBits());
    }
    return null;
  }

  private String colours() {
    boolean isJpeg = file.compression() == TiffTags.JPEG;
    return switch (file.photometric()) {
      case TiffTags.WHITE_IS_ZERO, TiffTags.BLACK_IS_ZERO, TiffTags.RGB -> null;
      case TiffTags.PALETTE -> isJpeg ? "of a palette, compressed as JPEG" : null;
      case TiffTags.CMYK -> isJpeg ? "of CMYK, compressed as JPEG" : null;
      case TiffTags.YCBCR -> isJpeg ? null : "of YCbCr that is not compressed as JPEG";
      case 8, 9, 10 -> "of CIE L*a*b*";
      default -> "of the photometric interpretation " + file.photometric();
    };
  }

  private boolean hasKnownSamples() {
    int bits = file.sampleBits();
    int beside = file.samples() - file.colors();
    if (!file.hasEqualBits() || beside < 0 || beside > (file.colors() == 3 ? 2 : 1)) {
      return false;
    }
    if (file.isOfFloats()) {
      boolean isPlain =
          file.photometric() == TiffTags.BLACK_IS_ZERO || file.photometric() == TiffTags.RGB;
      return isPlain
          && (bits == Float.SIZE || bits == Double.SIZE)
          && TiffUnpacker.unpacks(file.compression());
    }
    if (file.sampleFormat() != TiffTags.UNSIGNED) {
      return false;
    }
    return switch (file.compression()) {
      case TiffTags.CCITT_RLE, TiffTags.CCITT_T4, TiffTags.CCITT_T6 ->
          bits == 1 && file.samples() == 1 && file.photometric() <= TiffTags.BLACK_IS_ZERO;
      case TiffTags.JPEG -> bits == Byte.SIZE && beside == 0 && !file.isPlanar();
      default ->
          switch (bits) {
            case 1, 2, 4 -> file.samples() == 1 && file.colors() == 1;
            case Byte.SIZE -> file.photometric() != TiffTags.PALETTE || beside == 0;
            case Short.SIZE -> file.photometric() != TiffTags.PALETTE;
            default -> false;
          };
    };
  }
}
