package layertap.input.image;

import layertap.failure.BadRowException;
import layertap.failure.RefusedValuesException;
import layertap.inference.KernelSession;
import layertap.inference.SessionFactory;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.value.ValueConverter;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** Decodes, resizes and preprocesses an encoded image. Owns native sessions until it is closed. */
public final class ImageConverter implements ValueConverter {
  private final ImageOptions options;
  private final Decoder decoder;
  private final Decoder greyDecoder;

  /** One graph in its session. */
  private record Decoder(ImageGraph graph, KernelSession session) {
    static Decoder open(SessionFactory sessions, ImageGraph graph) {
      return new Decoder(graph, sessions.openKernels(graph.nodes().toGraph(), graph.contents()));
    }

    HostTensor run(byte[] bytes) {
      return session.run(bytes, graph.result());
    }
  }

  private ImageConverter(ImageOptions options, Decoder decoder, Decoder greyDecoder) {
    this.options = options;
    this.decoder = decoder;
    this.greyDecoder = greyDecoder;
  }

  /**
   * Opens the sessions in which images are decoded.
   *
   * @param options with a size, unless images keep their own
   * @param dtype that the model takes
   * @param sessions opens them
   */
  public static ImageConverter open(ImageOptions options, DataType dtype, SessionFactory sessions) {
    Decoder decoder = Decoder.open(sessions, new ImageGraph(options, dtype, false));
    if (options.channels() != Channels.GRAYSCALE) {
      return new ImageConverter(options, decoder, decoder);
    }
    try {
      return new ImageConverter(
          options, decoder, Decoder.open(sessions, new ImageGraph(options, dtype, true)));
    } catch (RuntimeException e) {
      decoder.session.close();
      throw e;
    }
  }

  /** A tensor [height, width, channels] of the dtype in which values are fed. */
  @Override
  public HostTensor convert(Object value) {
    Object encoded = value instanceof RawImage raw ? raw.toBmp() : value;
    if (!(encoded instanceof byte[] bytes)) {
      throw new BadRowException(notBinary(value));
    }
    if (bytes.length == 0) {
      throw new BadRowException("the image is empty (0 bytes)");
    }
    String format = ImageFormat.decodable(bytes);
    requireSmall(bytes, format);
    boolean decodesGrey = format.equals("JPEG") || format.equals("PNG");
    try {
      return (decodesGrey ? greyDecoder : decoder).run(whatIsUsed(bytes, format));
    } catch (RefusedValuesException e) {
      throw new BadRowException(undecodable(bytes), e);
    }
  }

  private static String notBinary(Object value) {
    if (value instanceof String) {
      return "the image is a text: for paths set image { holds = paths }, for base64 "
          + "select unbase64(...) of the column";
    }
    return value == null ? "the image is null" : "the image is not binary";
  }

  /** Not what the decoder would read, or unpack, and then drop. */
  private static byte[] whatIsUsed(byte[] bytes, String format) {
    return switch (format) {
      case "GIF" -> GifFrames.of(bytes).map(frames -> frames.firstAlone(bytes)).orElse(bytes);
      case "PNG" -> PngTexts.without(bytes);
      default -> bytes;
    };
  }

  /**
   * What is large is refused before it is decoded, which would take the memory; so is what does not
   * say how large it is.
   */
  private void requireSmall(byte[] bytes, String format) {
    ImageHeader header =
        ImageHeader.of(bytes).orElseThrow(() -> new BadRowException(undecodable(bytes)));
    if (header.pixels() > options.maxPixels()) {
      throw new BadRowException(
          "the image is too large: the %s has %s x %s pixels%s, more than max-pixels = %s; %s"
              .formatted(
                  format,
                  header.width(),
                  header.height(),
                  header.pixels() > header.width() * header.height() ? " in several frames" : "",
                  options.maxPixels(),
                  "make it smaller or raise max-pixels"));
    }
  }

  private static String undecodable(byte[] bytes) {
    return "the image cannot be decoded: it is " + ImageFormat.describe(bytes);
  }

  @Override
  public void close() {
    decoder.session.close();
    greyDecoder.session.close();
  }
}
