package layertap.model.select;

import java.util.regex.Pattern;

/**
 * A pattern for paths of layers: {@code *} stands for any part of a name, {@code **} also for names
 * inside, {@code ?} for one character.
 */
public final class LayerGlob {
  private final Pattern pattern;

  public LayerGlob(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (glob.charAt(i) == '*') {
        regex.append("[^/]*");
      } else if (glob.charAt(i) == '?') {
        regex.append("[^/]");
      } else {
        regex.append(Pattern.quote(glob.substring(i, i + 1)));
      }
    }
    this.pattern = Pattern.compile(regex.toString());
  }

  public boolean matches(String path) {
    return pattern.matcher(path).matches();
  }
}
