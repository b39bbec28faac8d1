package layertap.model.preprocessing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** What ops that move channels make of pixels: they reverse, pick, split, or turn axes. */
final class ChannelMoves {
  private ChannelMoves() {}

  /** {@code ReverseV2} along the axis of the channels alone. */
  static Optional<Pixels> reversed(Pixels pixels, Values axes) {
    int[] places = places(axes, pixels.rank());
    if (places.length != 1 || pixels.axis() == Pixels.NO_AXIS || places[0] != pixels.axis()) {
      return Optional.empty();
    }
    int last = pixels.channels().size() - 1;
    return Optional.of(
        pixels.select(IntStream.rangeClosed(0, last).mapToObj(i -> last - i).toList()));
  }

  /** {@code GatherV2} along the axis of the channels. */
  static Optional<Pixels> gathered(Pixels pixels, Values indices, Values axis) {
    int place = places(axis, pixels.rank())[0];
    boolean isOfChannels = place == pixels.axis() && pixels.axis() != Pixels.NO_AXIS;
    if (!isOfChannels || indices.shape().size() > 1) {
      return Optional.empty();
    }
    List<Integer> chosen = new ArrayList<>();
    for (double index : indices.values()) {
      if (index < 0 || index >= pixels.channels().size()) {
        return Optional.empty();
      }
      chosen.add((int) index);
    }
    return Optional.of(
        indices.shape().isEmpty() ? pixels.single(chosen.get(0)) : pixels.select(chosen));
  }

  /** {@code Transpose}. */
  static Optional<Pixels> transposed(Pixels pixels, Values permutation) {
    int[] places = places(permutation, pixels.rank());
    if (pixels.rank() != places.length) {
      return Optional.empty();
    }
    int axis =
        IntStream.range(0, places.length)
            .filter(i -> places[i] == pixels.axis())
            .findFirst()
            .orElse(Pixels.NO_AXIS);
    return Optional.of(pixels.at(pixels.rank(), axis));
  }

  /** {@code ExpandDims}. */
  static Optional<Pixels> expanded(Pixels pixels, Values axis) {
    if (pixels.rank() == Pixels.NO_AXIS || axis.values().length != 1) {
      return Optional.empty();
    }
    int place = places(axis, pixels.rank() + 1)[0];
    if (pixels.axis() != Pixels.NO_AXIS) {
      return Optional.of(
          pixels.at(pixels.rank() + 1, pixels.axis() + (place <= pixels.axis() ? 1 : 0)));
    }
    // The axis of a single channel, which may be joined with others.
    return Optional.of(pixels.at(pixels.rank() + 1, pixels.isUniform() ? Pixels.NO_AXIS : place));
  }

  /** Each part of a split into equal parts along the axis of the channels. */
  static Optional<List<Pixels>> split(Pixels pixels, Values axis, int count) {
    int place = places(axis, pixels.rank())[0];
    int channels = pixels.channels().size();
    if (place != pixels.axis() || count < 1 || channels % count != 0) {
      return Optional.empty();
    }
    int size = channels / count;
    return Optional.of(
        IntStream.range(0, count)
            .mapToObj(
                part ->
                    pixels.select(IntStream.range(part * size, (part + 1) * size).boxed().toList()))
            .toList());
  }

  /** Each channel without their axis. */
  static Optional<List<Pixels>> unstacked(Pixels pixels, long axis) {
    long place = axis < 0 ? axis + pixels.rank() : axis;
    return place == pixels.axis() && pixels.axis() != Pixels.NO_AXIS
        ? Optional.of(
            IntStream.range(0, pixels.channels().size()).mapToObj(pixels::single).toList())
        : Optional.empty();
  }

  /** {@code StridedSlice} that takes whole axes but for that of the channels. */
  static Optional<Pixels> sliced(Pixels pixels, NodeDef node, List<Values> bounds) {
    if (pixels.axis() == Pixels.NO_AXIS || mask(node, "new_axis_mask") != 0) {
      return Optional.empty();
    }
    int length = bounds.get(0).values().length;
    long ellipsis = mask(node, "ellipsis_mask");
    List<Integer> chosen = null;
    boolean isSingle = false;
    for (int i = 0, place = 0; i < length; i++, place++) {
      if ((ellipsis >> i & 1) != 0) {
        place = pixels.rank() - (length - i);
        continue;
      }
      long begin = (long) bounds.get(0).values()[i];
      long end = (long) bounds.get(1).values()[i];
      long stride = (long) bounds.get(2).values()[i];
      boolean isShrunk = (mask(node, "shrink_axis_mask") >> i & 1) != 0;
      boolean isFromStart = (mask(node, "begin_mask") >> i & 1) != 0;
      boolean isToEnd = (mask(node, "end_mask") >> i & 1) != 0;
      if (place == pixels.axis()) {
        isSingle = isShrunk;
        chosen =
            range(pixels.channels().size(), begin, end, stride, isFromStart, isToEnd, isShrunk);
      } else if (isShrunk || stride != 1 || !isToEnd || !(isFromStart || begin == 0)) {
        return Optional.empty();
      }
    }
    if (chosen == null) {
      return Optional.of(pixels);
    }
    return chosen.isEmpty()
        ? Optional.empty()
        : Optional.of(isSingle ? pixels.single(chosen.get(0)) : pixels.select(chosen));
  }

  private static List<Integer> range(
      int count,
      long begin,
      long end,
      long stride,
      boolean isFromStart,
      boolean isToEnd,
      boolean isShrunk) {
    long from = begin < 0 ? begin + count : begin;
    if (isShrunk) {
      return from >= 0 && from < count ? List.of((int) from) : List.of();
    }
    if (stride == 0) {
      return List.of();
    }
    long first = isFromStart ? (stride > 0 ? 0 : count - 1) : Math.min(from, count - 1);
    long last = isToEnd ? (stride > 0 ? count : -1) : end < 0 ? end + count : Math.min(end, count);
    List<Integer> chosen = new ArrayList<>();
    for (long i = first; stride > 0 ? i < last : i > last; i += stride) {
      if (i < 0 || i >= count) {
        return List.of();
      }
      chosen.add((int) i);
    }
    return chosen;
  }

  private static long mask(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getI();
  }

  private static int[] places(Values axes, int rank) {
    int[] places = new int[axes.values().length];
    for (int i = 0; i < places.length; i++) {
      int axis = (int) axes.values()[i];
      places[i] = axis < 0 ? axis + rank : axis;
    }
    return places;
  }
}
