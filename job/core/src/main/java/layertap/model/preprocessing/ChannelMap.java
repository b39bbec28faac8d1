package layertap.model.preprocessing;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What is done to numbers channel by channel: channel {@code i} of the result is {@code scales[i] *
 * x[order[i]] + offsets[i]}. One entry stands for every channel, each in its place.
 */
public record ChannelMap(List<Integer> order, List<Double> scales, List<Double> offsets)
    implements Serializable {
  /** The largest value of a pixel. */
  public static final double WHITE = 255;

  /** Nothing is done. */
  public static final ChannelMap IDENTITY = uniform(1, 0);

  /** Of the width of a range: constants of single precision, in any order of the operations. */
  private static final double TOLERANCE = 1e-3;

  private static final MathContext SHOWN_DIGITS = new MathContext(4);

  /** Up to so many channels are listed. */
  private static final int LISTED = 4;

  public ChannelMap {
    order = List.copyOf(order);
    scales = List.copyOf(scales);
    offsets = List.copyOf(offsets);
    if (order.isEmpty() || scales.size() != order.size() || offsets.size() != order.size()) {
      throw new IllegalArgumentException("each channel has a source, a scale and an offset");
    }
  }

  /** The same for every channel. */
  public static ChannelMap uniform(double scale, double offset) {
    return new ChannelMap(List.of(0), List.of(scale), List.of(offset));
  }

  /** This, done to what another one gives. */
  public ChannelMap after(ChannelMap first) {
    int channels = Math.max(order.size(), first.order.size());
    List<Integer> sources = new ArrayList<>();
    List<Double> products = new ArrayList<>();
    List<Double> sums = new ArrayList<>();
    for (int i = 0; i < channels; i++) {
      int own = order.size() == 1 ? 0 : i;
      int between = order.size() == 1 ? i : order.get(i);
      int other = first.order.size() == 1 ? 0 : between;
      if (other >= first.order.size()) {
        throw new IllegalArgumentException("channel %s of %s".formatted(other, first));
      }
      sources.add(first.order.size() == 1 ? between : first.order.get(other));
      products.add(scales.get(own) * first.scales.get(other));
      sums.add(scales.get(own) * first.offsets.get(other) + offsets.get(own));
    }
    return new ChannelMap(sources, products, sums);
  }

  /** What undoes this; empty if that cannot be known, as of a scale of 0. */
  public Optional<ChannelMap> inverse() {
    int channels = order.size();
    boolean isPermutation = channels == 1 || IntStream.range(0, channels).allMatch(order::contains);
    if (!isPermutation || scales.contains(0.0)) {
      return Optional.empty();
    }
    List<Integer> from =
        channels == 1 ? order : IntStream.range(0, channels).map(order::indexOf).boxed().toList();
    List<Integer> places = channels == 1 ? List.of(0) : from;
    return Optional.of(
        new ChannelMap(
            from,
            places.stream().map(i -> 1 / scales.get(i)).toList(),
            places.stream().map(i -> -offsets.get(i) / scales.get(i)).toList()));
  }

  /** Done to values whose last axis has the channels. */
  public float[] appliedTo(float[] values, int channels) {
    int[] sources = IntStream.range(0, channels).map(this::source).toArray();
    double[] factors = IntStream.range(0, channels).mapToDouble(this::scale).toArray();
    double[] shifts = IntStream.range(0, channels).mapToDouble(this::offset).toArray();
    float[] mapped = new float[values.length];
    for (int first = 0; first < values.length; first += channels) {
      for (int channel = 0; channel < channels; channel++) {
        float value = values[first + sources[channel]];
        mapped[first + channel] = (float) (factors[channel] * value + shifts[channel]);
      }
    }
    return mapped;
  }

  /** Whether values stay as they are, in their order. */
  public boolean isIdentity() {
    return keepsValues() && !isReordered();
  }

  /** Whether values stay as they are, in whatever order. */
  public boolean keepsValues() {
    return IntStream.range(0, scales.size())
        .allMatch(i -> Math.abs(scales.get(i) - 1) < TOLERANCE && Math.abs(offsets.get(i)) < 0.1);
  }

  /** Whether channels change places. */
  public boolean isReordered() {
    return order.size() > 1 && IntStream.range(0, order.size()).anyMatch(i -> order.get(i) != i);
  }

  /** Whether channels come in the opposite order. */
  public boolean isReversed() {
    int last = order.size() - 1;
    return last > 0 && IntStream.rangeClosed(0, last).allMatch(i -> order.get(i) == last - i);
  }

  /** Whether pixels become the same, but for rounding. */
  public boolean isCloseTo(ChannelMap other) {
    int channels = Math.max(order.size(), other.order.size());
    return IntStream.range(0, channels)
        .allMatch(
            i ->
                source(i) == other.source(i)
                    && isClose(scale(i), other.scale(i), Math.abs(scale(i)))
                    && isClose(offset(i), other.offset(i), WHITE * Math.abs(scale(i))));
  }

  private static boolean isClose(double one, double other, double size) {
    return Math.abs(one - other) <= TOLERANCE * size;
  }

  private int source(int channel) {
    return order.size() == 1 ? channel : channel < order.size() ? order.get(channel) : -1;
  }

  private double scale(int channel) {
    return scales.get(scales.size() == 1 ? 0 : Math.min(channel, scales.size() - 1));
  }

  private double offset(int channel) {
    return offsets.get(offsets.size() == 1 ? 0 : Math.min(channel, offsets.size() - 1));
  }

  /** What the ends of a range become, for each channel: {@code [low, high]}. */
  public List<List<Double>> ranges(double low, double high) {
    return IntStream.range(0, scales.size())
        .mapToObj(
            i -> {
              double one = scales.get(i) * low + offsets.get(i);
              double other = scales.get(i) * high + offsets.get(i);
              return List.of(Math.min(one, other), Math.max(one, other));
            })
        .toList();
  }

  /** As {@code [0, 255] → [-1, 1]}, of several channels with a range of each that differs. */
  public String text() {
    return "[0, 255] → " + rangeText(0, WHITE);
  }

  /** The range that a range becomes, as {@code [-1, 1]}. */
  public String rangeText(double low, double high) {
    List<String> ranges =
        ranges(low, high).stream()
            .map(range -> "[%s, %s]".formatted(number(range.get(0)), number(range.get(1))))
            .toList();
    List<String> distinct = ranges.stream().distinct().toList();
    if (distinct.size() == 1) {
      return distinct.get(0);
    }
    return ranges.size() <= LISTED
        ? String.join(", ", ranges)
        : "%s and so on, a range for each of %s channels".formatted(ranges.get(0), ranges.size());
  }

  /** A number with four digits. */
  public static String number(double value) {
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(SHOWN_DIGITS).stripTrailingZeros();
    boolean isNothing = Math.abs(value) < 1e-6;
    return isNothing ? "0" : rounded.scale() <= 0 ? rounded.toPlainString() : shown(rounded);
  }

  private static String shown(BigDecimal value) {
    return value.scale() > 12 ? value.toString() : value.toPlainString();
  }

  /** The order of the channels in words; empty if they keep their places. */
  public String orderText() {
    if (!isReordered()) {
      return "";
    }
    if (isReversed()) {
      return order.size() == 3 ? "channels reversed (RGB to BGR)" : "channels reversed";
    }
    return order.stream()
        .map(Objects::toString)
        .collect(Collectors.joining(", ", "channels in the order ", ""));
  }
}
