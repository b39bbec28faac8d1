package layertap.model.select;

import java.util.regex.Pattern;
import layertap.model.layers.Layer;

/**
 * A pattern for paths of layers: {@code *} stands for any part of a name, {@code **} also for names
 * inside, {@code ?} for one character. A slash may separate names or be part of one.
 */
public final class LayerGlob {
  /** Separates names, which may have slashes, while matching. */
  private static final String SEPARATOR = "\n";

  private final Pattern pattern;

  public LayerGlob(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (glob.charAt(i) == '*') {
        regex.append("[^" + SEPARATOR + "]*");
      } else if (glob.charAt(i) == '?') {
        regex.append("[^" + SEPARATOR + "]");
      } else if (glob.charAt(i) == '/') {
        regex.append("[/" + SEPARATOR + "]");
      } else {
        regex.append(Pattern.quote(glob.substring(i, i + 1)));
      }
    }
    this.pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  public boolean matches(Layer layer) {
    return pattern.matcher(String.join(SEPARATOR, layer.names())).matches();
  }
}
