package layertap.report;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was fed on the first rows of a job. Immutable.
 *
 * @param rows how many could be fed
 * @param ranges of each feed of numbers
 * @param warnings of preprocessing that seems to be another one than in training
 */
public record FirstRows(int rows, List<FedRange> ranges, List<String> warnings)
    implements Serializable {
  /** Nothing was looked at. */
  public static final FirstRows NONE = new FirstRows(0, List.of(), List.of());

  /**
   * The numbers that were fed.
   *
   * @param target what they fill, as {@code input = image}
   * @param low the smallest one
   * @param high the largest one
   */
  public record FedRange(String target, double low, double high, double mean)
      implements Serializable {
    public FedRange {
      requireNonNull(target, "target is null");
    }

    /** As the log says it. */
    public String text(int rows) {
      return "fed on the first %s rows: %s from %s to %s, mean %s"
          .formatted(rows, target, number(low), number(high), number(mean));
    }

    private static String number(double value) {
      BigDecimal rounded = new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros();
      return rounded.precision() - rounded.scale() < -4
          ? rounded.toString()
          : rounded.toPlainString();
    }

    /** For the manifest. */
    public Map<String, Object> toJson(int rows) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("rows", rows);
      json.put("low", low);
      json.put("high", high);
      json.put("mean", mean);
      return json;
    }
  }

  public FirstRows {
    ranges = List.copyOf(ranges);
    warnings = List.copyOf(warnings);
  }

  /** The range of what fills a feed; empty if no numbers did. */
  public Optional<FedRange> range(String target) {
    return ranges.stream().filter(range -> range.target().equals(target)).findFirst();
  }
}
