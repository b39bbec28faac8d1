package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.failure.BadRowException;

/** Recognises images by their first bytes, and what is none that is decoded, to say so. */
public final class ImageFormat {
  private static final int SHOWN = 16;
  private static final int BYTE = 8;

  /** Bytes in which brands of ISO media files stand, and more. */
  private static final int BRANDS = 256;

  private static final Pattern HEIC = Pattern.compile("hei[cxms]|hev[cxms]|mif1|msf1");

  /** With what packed files begin, and what packed them. */
  private static final Map<String, String> ARCHIVES =
      Map.of(
          "PK\3\4",
          "zip",
          "\u001f\u008b",
          "gzip",
          "7z\u00bc\u00af",
          "7z",
          "Rar!\u001a",
          "rar",
          "BZh",
          "bzip2",
          "\u00fd7zXZ",
          "xz",
          "(\u00b5/\u00fd",
          "zstd");

  /** Where tar writes its mark, behind the first file's name and the like. */
  private static final int TAR_MARK = 257;

  private ImageFormat() {}

  /** Says why they cannot be decoded. */
  public static BadRowException undecodable(byte[] bytes) {
    String reason = "the image cannot be decoded: it is ";
    String image = image(bytes);
    Optional<String> archive = archive(bytes);
    if (image.isEmpty() && archive.isPresent()) {
      return BadRowException.noImage(
          "%spacked by %s, and no image; unpack it".formatted(reason, archive.get()));
    }
    return image.isEmpty()
        ? BadRowException.noImage(
            "%snot a JPEG, PNG, GIF, BMP, WebP or TIFF image; it starts with '%s'"
                .formatted(reason, start(bytes)))
        : new BadRowException(reason + image);
  }

  /** Which image they are that is not decoded; empty if they are none that is known. */
  private static String image(byte[] bytes) {
    String other = other(bytes);
    if (!other.isEmpty()) {
      return other + " image, which layertap cannot decode; convert it to JPEG or PNG";
    }
    String kind = decodable(bytes);
    int bits = ImageHeader.of(bytes).map(ImageHeader::bits).orElse(BYTE);
    if (kind.equals("JPEG") && bits != BYTE) {
      return "a JPEG image of "
          + bits
          + " bits a sample, which TensorFlow cannot decode; convert it to one of 8";
    }
    Optional<String> missing = kind.equals("BMP") ? BitmapFile.missing(bytes) : Optional.empty();
    if (missing.isPresent()) {
      return "a BMP image %s, which TensorFlow cannot decode; convert it to PNG"
          .formatted(missing.get());
    }
    return kind.isEmpty() ? "" : "a damaged " + kind + " image";
  }

  /** A format that is known and not decoded, with its article; else an empty string. */
  private static String other(byte[] bytes) {
    if (startsWith(bytes, 4, "ftyp")) {
      String brands = brands(bytes);
      if (brands.contains("avif") || brands.contains("avis")) {
        return "an AVIF";
      }
      if (HEIC.matcher(brands).find()) {
        return "a HEIC";
      }
    }
    if (startsWith(bytes, 0, "II+\0") || startsWith(bytes, 0, "MM\0+")) {
      return "a BigTIFF";
    }
    boolean isJpegXl =
        startsWith(bytes, 4, "JXL ") || (bytes.length > 1 && bytes[0] == -1 && bytes[1] == 0x0a);
    if (isJpegXl) {
      return "a JPEG XL";
    }
    return startsWith(bytes, 4, "jP  ") ? "a JPEG 2000" : "";
  }

  /** Which program packed them, if one did. */
  private static Optional<String> archive(byte[] bytes) {
    if (startsWith(bytes, TAR_MARK, "ustar")) {
      return Optional.of("tar");
    }
    return ARCHIVES.entrySet().stream()
        .filter(entry -> startsWith(bytes, 0, entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What an ISO media file begins with: the brand that it is of, and those that it goes with. */
  private static String brands(byte[] bytes) {
    int length = Math.min(ByteBuffer.wrap(bytes).getInt(0), Math.min(bytes.length, BRANDS));
    return length <= 8 ? "" : new String(bytes, 8, length - 8, StandardCharsets.ISO_8859_1);
  }

  /** The name of the format if it is decoded, else an empty string. */
  public static String decodable(byte[] bytes) {
    if (bytes.length > 2 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8) {
      return "JPEG";
    }
    if (bytes.length > 4 && bytes[0] == (byte) 0x89 && startsWith(bytes, 1, "PNG")) {
      return "PNG";
    }
    if (startsWith(bytes, 0, "GIF8")) {
      return "GIF";
    }
    if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) {
      return "WebP";
    }
    if (startsWith(bytes, 0, "II*\0") || startsWith(bytes, 0, "MM\0*")) {
      return "TIFF";
    }
    return startsWith(bytes, 0, "BM") && BitmapFile.mayBe(bytes) ? "BMP" : "";
  }

  private static boolean startsWith(byte[] bytes, int offset, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < offset + wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (bytes[offset + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static String start(byte[] bytes) {
    int length = Math.min(SHOWN, bytes.length);
    String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    return text.replaceAll("[^\\x20-\\x7e]", ".");
  }
}
