package layertap.input.image;

import java.nio.charset.StandardCharsets;

/** Recognises by their first bytes what is no image that TensorFlow decodes, to say so. */
public final class ImageFormat {
  private static final int SHOWN = 16;
  private static final int BYTE = 8;

  private ImageFormat() {}

  /** What the bytes are, for the reader of an error. */
  static String describe(byte[] bytes) {
    if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) {
      return "a WebP image, which TensorFlow cannot decode; convert it to JPEG or PNG";
    }
    if (startsWith(bytes, 4, "ftypheic") || startsWith(bytes, 4, "ftypmif1")) {
      return "a HEIC image, which TensorFlow cannot decode; convert it to JPEG or PNG";
    }
    if (startsWith(bytes, 4, "ftypavif")) {
      return "an AVIF image, which TensorFlow cannot decode; convert it to JPEG or PNG";
    }
    if (startsWith(bytes, 0, "II*\0") || startsWith(bytes, 0, "MM\0*")) {
      return "a TIFF image, which TensorFlow cannot decode; convert it to JPEG or PNG";
    }
    if (startsWith(bytes, 4, "jP  ")) {
      return "a JPEG 2000 image, which TensorFlow cannot decode; convert it to JPEG or PNG";
    }
    String kind = decodable(bytes);
    int bits = ImageHeader.of(bytes).map(ImageHeader::bits).orElse(BYTE);
    if (kind.equals("JPEG") && bits != BYTE) {
      return "a JPEG image of "
          + bits
          + " bits a sample, which TensorFlow cannot decode; convert it to one of 8";
    }
    if (!kind.isEmpty()) {
      return "a damaged " + kind + " image";
    }
    return ("not a JPEG, PNG, GIF or BMP image; it starts with '%s'; to read files of such names"
            + " only, set input.options { pathGlobFilter = \"*.{jpg,jpeg,png,gif,bmp}\" }")
        .formatted(start(bytes));
  }

  /** The name of the format if TensorFlow decodes it, else an empty string. */
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
    return startsWith(bytes, 0, "BM") ? "BMP" : "";
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
