package layertap.input.image;

import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import layertap.input.image.ImageOptions.Channels;
import layertap.model.preprocessing.ChannelMap;

/** What settings do to pixels of 0 to 255, as arithmetic on each channel. */
public final class PixelMaps {
  private static final ChannelMap REVERSED =
      new ChannelMap(List.of(2, 1, 0), List.of(1.0, 1.0, 1.0), List.of(0.0, 0.0, 0.0));

  private PixelMaps() {}

  /** All that is done to red, green and blue, or to grey, once the image has its size. */
  public static ChannelMap of(ImageOptions options) {
    ChannelMap ordered = options.channels() == Channels.BGR ? REVERSED : ChannelMap.IDENTITY;
    return of(options.scaling()).after(of(options.preprocessing()).after(ordered));
  }

  /**
   * What makes of pixels with some settings those with others; empty if the first ones lose what
   * the others need.
   */
  public static Optional<ChannelMap> between(ImageOptions from, ImageOptions to) {
    return of(from).inverse().map(undone -> of(to).after(undone));
  }

  /** What a mode does. */
  public static ChannelMap of(Preprocessing mode) {
    return switch (mode) {
      case NONE -> ChannelMap.IDENTITY;
      case TF -> ChannelMap.uniform(1 / 127.5, -1);
      case TORCH ->
          new ChannelMap(
              List.of(0, 1, 2),
              each(i -> 1 / (ChannelMap.WHITE * Preprocessing.TORCH_STD[i])),
              each(i -> -(double) Preprocessing.TORCH_MEAN[i] / Preprocessing.TORCH_STD[i]));
      case CAFFE ->
          new ChannelMap(
              List.of(2, 1, 0),
              List.of(1.0, 1.0, 1.0),
              each(i -> -(double) Preprocessing.CAFFE_MEAN_BGR[i]));
    };
  }

  private static List<Double> each(IntToDoubleFunction value) {
    return IntStream.range(0, 3).mapToDouble(value).boxed().toList();
  }

  private static ChannelMap of(PixelScaling scaling) {
    int channels = Math.max(1, Math.max(scaling.mean().size(), scaling.deviation().size()));
    List<Integer> order = IntStream.range(0, channels).boxed().toList();
    List<Double> scales =
        order.stream().map(i -> scaling.scale() / at(scaling.deviation(), i, 1)).toList();
    List<Double> offsets =
        order.stream().map(i -> -at(scaling.mean(), i, 0) / at(scaling.deviation(), i, 1)).toList();
    return new ChannelMap(order, scales, offsets);
  }

  private static double at(List<Double> values, int channel, double none) {
    return values.isEmpty() ? none : values.get(values.size() == 1 ? 0 : channel);
  }
}
