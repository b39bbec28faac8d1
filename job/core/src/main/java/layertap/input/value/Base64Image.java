package layertap.input.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/** Recognises images in base64 by how it begins. */
public final class Base64Image {
  /** What JPEG, PNG, GIF, WebP, TIFF (two byte orders) and BMP files begin with. */
  private static final Pattern START =
      Pattern.compile("(/9j/|iVBORw0KGgo|R0lGOD|UklGR|SUkqA|TU0AK|Qk[\\w+/-]{6}AAAA)[\\w+/=\\s-]*");

  private static final Pattern URI =
      Pattern.compile(
          "data:image/[^,]{1,100};base64,.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** A URI that was decoded together with its prefix, encoded again: decoders skip the colon. */
  private static final String DECODED_URI = "dataimag";

  private static final int SHOWN = 128;

  private Base64Image() {}

  /** How SQL decodes a column of texts of which this is one; empty if it holds no image. */
  public static Optional<String> decoding(String text, String column) {
    String start = text.substring(0, Math.min(SHOWN, text.length()));
    if (URI.matcher(start).matches()) {
      return Optional.of("unbase64(substring_index(%s, ',', -1))".formatted(column));
    }
    return START.matcher(start).matches()
        ? Optional.of("unbase64(%s)".formatted(column))
        : Optional.empty();
  }

  /** What bytes that should be an image are instead, with the remedy. */
  public static Optional<String> found(byte[] bytes) {
    int length = Math.min(SHOWN, bytes.length);
    String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1).strip();
    boolean isDecodedUri = encoded(bytes).startsWith(DECODED_URI);
    if (isDecodedUri || URI.matcher(text).matches()) {
      return Optional.of(
          ("a data: URI with an image in base64%s; decode only what is behind its comma, in SQL by"
                  + " unbase64(substring_index(c, ',', -1)) of a column c")
              .formatted(isDecodedUri ? ", decoded from its beginning" : ", and no image"));
    }
    return START.matcher(text).matches()
        ? Optional.of("a text in base64, and no image; decode it first, in SQL by unbase64")
        : Optional.empty();
  }

  private static String encoded(byte[] bytes) {
    byte[] start = Arrays.copyOf(bytes, DECODED_URI.length() / 4 * 3);
    return Base64.getEncoder().encodeToString(start);
  }
}
