package layertap.graph.differentiate.path;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which ops TensorFlow's C API can differentiate, read from a resource of the build so that no
 * natives are needed. Immutable and thread-safe.
 */
public final class GradientOps {
  private static final String RESOURCE = "op-gradients.txt";

  private GradientOps() {}

  /** What is known of the derivative of an op. */
  public enum Kind {
    /** TensorFlow has a function that adds it. */
    GRADIENT,
    /** It is zero, or taken for zero: what depends on the op's outputs ends here. */
    ZERO,
    /** TensorFlow cannot compute it. */
    NONE
  }

  private static final class Holder {
    static final Map<String, Kind> KINDS = load();

    private static Map<String, Kind> load() {
      Map<String, Kind> kinds = new HashMap<>();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  GradientOps.class.getResourceAsStream(RESOURCE), StandardCharsets.US_ASCII))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.startsWith("#")) {
            String[] words = line.split(" ");
            kinds.put(words[0], Kind.valueOf(words[1].toUpperCase(Locale.ROOT)));
          }
        }
        return kinds;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
      }
    }
  }

  /** What is known of an op's derivative. */
  public static Kind kindOf(String op) {
    return Holder.KINDS.getOrDefault(op, Kind.NONE);
  }
}
