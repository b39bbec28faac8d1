package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A tensor that holds an input's numbers, each channel scaled and moved.
 *
 * @param rank number of axes; {@link #NO_AXIS} if unknown
 * @param axis of the channels; {@link #NO_AXIS} where there is none, then there is one channel
 * @param isUniform whether the one channel stands for all numbers, whatever channel they are of
 */
record Pixels(int rank, int axis, boolean isUniform, List<Channel> channels) {
  static final int NO_AXIS = -1;

  /** {@code scale * x[source] + offset}. */
  record Channel(int source, double scale, double offset) {
    Channel times(double factor) {
      return new Channel(source, scale * factor, offset * factor);
    }

    Channel plus(double sum) {
      return new Channel(source, scale, offset + sum);
    }
  }

  Pixels {
    channels = List.copyOf(channels);
  }

  /** An input as it is fed. */
  static Pixels fed(int rank, int axis, int channels) {
    return axis == NO_AXIS
        ? new Pixels(rank, NO_AXIS, true, List.of(new Channel(0, 1, 0)))
        : new Pixels(rank, axis, false, sources(channels, source -> new Channel(source, 1, 0)));
  }

  private static List<Channel> sources(int count, IntFunction<Channel> channel) {
    return IntStream.range(0, count).mapToObj(channel).toList();
  }

  ChannelMap map() {
    return new ChannelMap(
        channels.stream().map(Channel::source).toList(),
        channels.stream().map(Channel::scale).toList(),
        channels.stream().map(Channel::offset).toList());
  }

  /** The same tensor with other axes. */
  Pixels at(int newRank, int newAxis) {
    return new Pixels(newRank, newAxis, isUniform, channels);
  }

  /** Some of the channels, in another order. */
  Pixels select(List<Integer> chosen) {
    return new Pixels(rank, axis, false, chosen.stream().map(channels::get).toList());
  }

  /** One of the channels, without their axis. */
  Pixels single(int channel) {
    return new Pixels(rank - 1, NO_AXIS, false, List.of(channels.get(channel)));
  }

  Optional<Pixels> plus(Values constant) {
    return each(constant, Channel::plus);
  }

  Optional<Pixels> times(Values constant) {
    return each(constant, Channel::times);
  }

  private interface Change {
    Channel apply(Channel channel, double constant);
  }

  private Optional<Pixels> each(Values constant, Change change) {
    return aligned(constant)
        .map(
            wide -> {
              double[] values = constant.values();
              List<Channel> changed = new ArrayList<>();
              for (int i = 0; i < wide.channels.size(); i++) {
                changed.add(
                    change.apply(wide.channels.get(i), values[Math.min(i, values.length - 1)]));
              }
              return new Pixels(rank, wide.axis, wide.isUniform, changed);
            });
  }

  /** With a channel for each value of the constant; empty if the constant differs in other ways. */
  private Optional<Pixels> aligned(Values constant) {
    List<Long> shape = constant.shape();
    if (constant.values().length == 1) {
      // A constant of more axes would add some.
      boolean isSmall = shape.size() <= Math.max(rank, 0);
      return isSmall ? Optional.of(this) : Optional.empty();
    }
    if (rank == NO_AXIS || shape.size() > rank || !constant.isVector()) {
      return Optional.empty();
    }
    int varied =
        IntStream.range(0, shape.size()).filter(i -> shape.get(i) != 1).findFirst().orElse(0);
    int place = rank - shape.size() + varied;
    int count = constant.values().length;
    if (isUniform && place == rank - 1) {
      Channel one = channels.get(0);
      return Optional.of(
          new Pixels(
              rank, place, false, sources(count, i -> new Channel(i, one.scale, one.offset))));
    }
    return place == axis && count == channels.size() ? Optional.of(this) : Optional.empty();
  }

  /** Several side by side along an axis, or as one new axis; empty if they are not channels. */
  static Optional<Pixels> joined(List<Pixels> parts, int at, boolean isNewAxis) {
    Pixels first = parts.get(0);
    int newRank = first.rank + (isNewAxis ? 1 : 0);
    int place = at < 0 ? at + newRank : at;
    boolean areChannels =
        first.rank != NO_AXIS
            && parts.stream()
                .allMatch(
                    part ->
                        part.rank == first.rank
                            && (isNewAxis
                                ? part.axis == NO_AXIS && part.channels.size() == 1
                                : part.axis == place && !part.isUniform));
    if (!areChannels) {
      return Optional.empty();
    }
    List<Channel> all = parts.stream().flatMap(part -> part.channels.stream()).toList();
    return Optional.of(new Pixels(newRank, place, false, all));
  }
}
