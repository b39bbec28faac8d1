package layertap.input.feed;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import layertap.failure.BadRowException;
import layertap.failure.UserException;
import layertap.graph.TensorShape;
import layertap.inference.SessionFactory;
import layertap.input.image.ImageConverter;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Fit;
import layertap.input.image.PixelTypes;
import layertap.input.value.FileConverter;
import layertap.input.value.JoinedValues;
import layertap.input.value.NamedFiles;
import layertap.input.value.SequenceConverter;
import layertap.input.value.SequenceSettings;
import layertap.input.value.SequenceSettings.Padding;
import layertap.input.value.TensorConverter;
import layertap.input.value.ValueConverter;
import layertap.model.feed.FeedPlaceholder;
import layertap.tensor.HostTensor;

/** How the values of a column become tensors for a feed. Immutable. */
public interface FeedConversion extends Serializable {
  /**
   * What the feed takes: its own shape with what this conversion fixes.
   *
   * @return the shape of one row
   * @throws UserException if the feed can never take what this conversion makes
   */
  TensorShape rowShape(FeedPlaceholder feed);

  /**
   * One value out of those of a feed's columns.
   *
   * @throws BadRowException if they do not go together
   */
  default Object join(List<String> columns, List<?> values) {
    return values.size() == 1 ? values.get(0) : JoinedValues.endToEnd(columns, values);
  }

  /**
   * A converter for the feed; the caller closes it. TensorFlow has been started.
   *
   * @param rowShape as {@link #rowShape} says
   * @param files for values that name files
   * @param sessions for what kernels convert
   */
  ValueConverter open(
      FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions);

  /** What values of a column of images are. */
  enum Holds {
    /** The encoded image, or Spark's image struct. */
    IMAGES,
    /** The path or URI of its file. */
    PATHS
  }

  /** Encoded images. */
  record Image(ImageOptions options, Holds holds) implements FeedConversion {
    public Image {
      requireNonNull(options, "options is null");
      requireNonNull(holds, "holds is null");
    }

    @Override
    public TensorShape rowShape(FeedPlaceholder feed) {
      TensorShape wanted = feed.shape().withoutBatch();
      long channels = options.channels().count();
      boolean isImage =
          !wanted.isRankKnown()
              || (wanted.sizes().size() == 3
                  && List.of(channels, TensorShape.UNKNOWN).contains(wanted.sizes().get(2)));
      if (!PixelTypes.contains(feed.dtype()) || !isImage) {
        throw FeedFit.unfit(
            "images",
            feed,
            (", not images [height, width, %s] of numbers that hold 0 to 255; convert "
                    + "with tensor or sequence, or set image { channels = … }")
                .formatted(channels));
      }
      if (PixelTypes.isWhole(feed.dtype()) && options.makesFractions()) {
        throw FeedFit.unfit(
            "preprocessed images",
            feed,
            ", and preprocessing, scale, mean and std make fractions of pixels; leave them out");
      }
      List<Long> made = new ArrayList<>(sides(feed, wanted));
      made.add(channels);
      FeedFit.require(feed, TensorShape.of(made), "leave size out of image { … }");
      return TensorShape.of(made);
    }

    /** Height and width of what comes out. */
    private List<Long> sides(FeedPlaceholder feed, TensorShape wanted) {
      List<Long> own =
          wanted.isRankKnown()
              ? wanted.sizes().subList(0, 2)
              : List.of(TensorShape.UNKNOWN, TensorShape.UNKNOWN);
      if (options.fit() == Fit.NONE) {
        if (!own.equals(List.of(TensorShape.UNKNOWN, TensorShape.UNKNOWN))) {
          throw FeedFit.unfit("images of any size", feed, "; set fit to stretch, crop or pad");
        }
        return own;
      }
      if (!options.centerCrop().isEmpty()) {
        return options.centerCrop().stream().map(Integer::longValue).toList();
      }
      if (!options.size().isEmpty()) {
        return options.size().stream().map(Integer::longValue).toList();
      }
      if (own.contains(TensorShape.UNKNOWN)) {
        throw new UserException(
            ("cannot feed images to %s: the model takes images of any size; set image { "
                    + "size = [height, width] }, or fit = none for each image's own size")
                .formatted(feed.target().text()));
      }
      return own;
    }

    @Override
    public ValueConverter open(
        FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions) {
      List<Long> made = rowShape.sizes();
      boolean hasSize = options.fit() == Fit.NONE || !options.size().isEmpty();
      ValueConverter images =
          ImageConverter.open(
              hasSize
                  ? options
                  : options.resizedTo(Math.toIntExact(made.get(0)), Math.toIntExact(made.get(1))),
              feed.dtype(),
              sessions);
      return holds == Holds.PATHS ? new FileConverter(files, images) : images;
    }
  }

  /** Arrays of numbers, or of arrays, of any length. */
  record Sequence(SequenceSettings settings) implements FeedConversion {
    public Sequence {
      requireNonNull(settings, "settings is null");
    }

    @Override
    public TensorShape rowShape(FeedPlaceholder feed) {
      TensorShape wanted = feed.shape().withoutBatch();
      if (!wanted.isRankKnown() || wanted.sizes().isEmpty()) {
        throw FeedFit.unfit(
            "sequences", feed, ", which has no time axis; convert with tensor { shape = [...] }");
      }
      List<Long> made = new ArrayList<>(wanted.sizes());
      if (settings.pad() == Padding.NONE) {
        return ofAnyLength(feed, made);
      }
      if (settings.maxLength() != SequenceSettings.LENGTH_OF_MODEL) {
        made.set(0, (long) settings.maxLength());
      }
      if (made.get(0) == TensorShape.UNKNOWN) {
        throw new UserException(
            ("cannot feed sequences to %s: the model takes sequences of any length; set "
                    + "sequence { max-length = … }, or pad = none for each row's own length")
                .formatted(feed.target().text()));
      }
      FeedFit.require(
          feed,
          TensorShape.of(made),
          "set sequence { max-length = " + wanted.sizes().get(0) + " }");
      return TensorShape.of(made);
    }

    private static TensorShape ofAnyLength(FeedPlaceholder feed, List<Long> wanted) {
      if (wanted.get(0) != TensorShape.UNKNOWN) {
        throw new UserException(
            ("cannot feed sequences of any length to %s: the model takes %s steps; set "
                    + "sequence { pad = pre } or post")
                .formatted(feed.target().text(), wanted.get(0)));
      }
      return TensorShape.of(wanted);
    }

    @Override
    public Object join(List<String> columns, List<?> values) {
      return values.size() == 1 ? values.get(0) : JoinedValues.stepwise(columns, values);
    }

    @Override
    public ValueConverter open(
        FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions) {
      return new SequenceConverter(feed.dtype(), rowShape, settings);
    }
  }

  /**
   * Numbers, arrays, nested arrays.
   *
   * @param shape of one row; of unknown rank for that of the feed
   */
  record Tensor(TensorShape shape) implements FeedConversion {
    public Tensor {
      requireNonNull(shape, "shape is null");
    }

    @Override
    public TensorShape rowShape(FeedPlaceholder feed) {
      if (!shape.isRankKnown()) {
        return feed.shape().withoutBatch();
      }
      FeedFit.require(feed, shape, "set tensor { shape = [...] } to it");
      return shape;
    }

    @Override
    public ValueConverter open(
        FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions) {
      return new TensorConverter(feed.dtype(), rowShape);
    }
  }

  /**
   * One value for all rows, from the configuration and not from a column.
   *
   * @param value a truth value, number or text, or a list of such
   */
  record Constant(Serializable value) implements FeedConversion {
    public Constant {
      requireNonNull(value, "value is null");
    }

    /** The value in the dtype of the feed, which must take one for all rows, and such a one. */
    public HostTensor tensor(FeedPlaceholder feed) {
      return ConstantFeed.tensor(feed, value);
    }

    @Override
    public TensorShape rowShape(FeedPlaceholder feed) {
      return feed.shape();
    }

    @Override
    public ValueConverter open(
        FeedPlaceholder feed, TensorShape rowShape, NamedFiles files, SessionFactory sessions) {
      HostTensor tensor = tensor(feed);
      return ignored -> tensor;
    }
  }
}
