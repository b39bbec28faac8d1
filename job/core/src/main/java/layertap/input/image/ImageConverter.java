package layertap.input.image;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import layertap.failure.BadRowException;
import layertap.failure.RefusedValuesException;
import layertap.inference.KernelSession;
import layertap.inference.SessionFactory;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.decode.EncodedImage;
import layertap.input.image.decode.ImageFormat;
import layertap.input.image.decode.ImageHeader;
import layertap.input.image.decode.Orientation;
import layertap.input.value.ValueConverter;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Decodes, resizes and preprocesses an encoded image. Owns native sessions until it is closed.
 * Thread-safe, as the sessions are.
 */
public final class ImageConverter implements ValueConverter {
  private final ImageOptions options;
  private final DataType dtype;
  private final SessionFactory sessions;
  private final Map<Kind, Decoder> decoders = new ConcurrentHashMap<>();

  /** What images have in common that one graph decodes. */
  private record Kind(boolean decodesGrey, Orientation orientation) {}

  /** One graph in its session. */
  private record Decoder(ImageGraph graph, KernelSession session) {
    HostTensor run(byte[] bytes) {
      return session.run(bytes, graph.result());
    }
  }

  private ImageConverter(ImageOptions options, DataType dtype, SessionFactory sessions) {
    this.options = options;
    this.dtype = dtype;
    this.sessions = sessions;
  }

  /**
   * Opens the sessions in which images are decoded. Those of images that are to be turned are
   * opened when the first such image comes.
   *
   * @param options with a size, unless images keep their own
   * @param dtype that the model takes
   * @param sessions opens them
   */
  public static ImageConverter open(ImageOptions options, DataType dtype, SessionFactory sessions) {
    ImageConverter converter = new ImageConverter(options, dtype, sessions);
    try {
      converter.decoder(false, Orientation.UPRIGHT);
      converter.decoder(true, Orientation.UPRIGHT);
    } catch (Throwable e) {
      converter.close();
      throw e;
    }
    return converter;
  }

  private Decoder decoder(boolean decodesGrey, Orientation orientation) {
    boolean isGrey = decodesGrey && options.channels() == Channels.GRAYSCALE;
    return decoders.computeIfAbsent(new Kind(isGrey, orientation), this::open);
  }

  private Decoder open(Kind kind) {
    ImageGraph graph = new ImageGraph(options, dtype, kind.decodesGrey, kind.orientation);
    return new Decoder(graph, sessions.openKernels(graph.nodes().toGraph(), graph.contents()));
  }

  /** A tensor [height, width, channels] of the dtype in which values are fed. */
  @Override
  public HostTensor convert(Object value) {
    Object encoded = value instanceof RawImage raw ? raw.toBmp() : value;
    if (!(encoded instanceof byte[] bytes)) {
      throw BadRowException.unusable(value, "the image is null", notBinary(value));
    }
    if (bytes.length == 0) {
      throw new BadRowException("the image is empty (0 bytes)");
    }
    String format = ImageFormat.decodable(bytes);
    requireSmall(bytes, format);
    boolean decodesGrey = format.equals("JPEG") || format.equals("PNG");
    Orientation orientation = options.isTurned() ? Orientation.of(bytes) : Orientation.UPRIGHT;
    try {
      return decoder(decodesGrey, orientation).run(EncodedImage.forTensorFlow(bytes));
    } catch (RefusedValuesException e) {
      BadRowException undecodable = ImageFormat.undecodable(bytes);
      undecodable.initCause(e);
      throw undecodable;
    }
  }

  private static String notBinary(Object value) {
    if (value instanceof String) {
      return "the image is a text: for paths set image { holds = paths }, for base64 "
          + "select unbase64(...) of the column";
    }
    return "the image is not binary";
  }

  /**
   * What is large is refused before it is decoded, which would take the memory; so is what does not
   * say how large it is.
   */
  private void requireSmall(byte[] bytes, String format) {
    ImageHeader header = ImageHeader.of(bytes).orElseThrow(() -> ImageFormat.undecodable(bytes));
    if (header.pixels() > options.maxPixels()) {
      throw new BadRowException(
          "the image is too large: the %s has %s x %s pixels%s, more than max-pixels = %s; %s"
              .formatted(
                  format,
                  header.width(),
                  header.height(),
                  unlikeSize(header, format),
                  options.maxPixels(),
                  "make it smaller or raise max-pixels"));
    }
  }

  private static String unlikeSize(ImageHeader header, String format) {
    if (header.pixels() <= header.width() * header.height()) {
      return "";
    }
    return format.equals("GIF")
        ? " in several frames"
        : ", which take the memory of %s".formatted(header.pixels());
  }

  @Override
  public void close() {
    decoders.values().forEach(decoder -> decoder.session.close());
  }
}
