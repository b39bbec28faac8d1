package layertap.cli.listing;

import java.util.Locale;

/** Numbers as tables show them. */
public final class Figures {
  private static final String[] UNITS = {"", "k", "M", "G", "T", "P"};
  private static final int THOUSAND = 1000;

  private Figures() {}

  /** Three digits and a unit: {@code 21.7M}. */
  public static String rounded(long number) {
    double shown = number;
    int unit = 0;
    while (shown >= THOUSAND && unit < UNITS.length - 1) {
      shown /= THOUSAND;
      unit++;
    }
    int decimals = unit == 0 || shown >= 100 ? 0 : shown >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f%s", shown, UNITS[unit]);
  }

  /** A part in percent; empty if there is no whole. */
  public static String share(long part, long whole) {
    return whole <= 0 || part < 0 ? "" : String.format(Locale.ROOT, "%.1f%%", 100.0 * part / whole);
  }
}
