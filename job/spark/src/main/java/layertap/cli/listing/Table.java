package layertap.cli.listing;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.failure.Printable;

/** Text in columns as wide as need be. Not thread-safe. */
public final class Table {
  private final List<String[]> rows = new ArrayList<>();

  /** A table without rows. */
  public Table(String... header) {
    rows.add(header);
  }

  /** Adds a row with a cell for each column. */
  public void add(String... cells) {
    rows.add(Arrays.stream(cells).map(Printable::line).toArray(String[]::new));
  }

  /** Prints the header and all rows. */
  public void print(PrintStream out) {
    int[] widths = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row[i]);
        if (i < widths.length - 1) {
          line.append(" ".repeat(widths[i] - row[i].length() + 2));
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
