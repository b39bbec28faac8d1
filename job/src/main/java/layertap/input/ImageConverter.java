package layertap.input;

import layertap.tensorflow.HostTensor;
import layertap.tensorflow.KernelSession;
import layertap.tensorflow.RefusedValuesException;

/** Decodes, resizes and preprocesses an encoded image. Owns a native session until it is closed. */
public final class ImageConverter implements ValueConverter {
  private final ImageGraph graph;
  private final KernelSession session;

  private ImageConverter(ImageGraph graph, KernelSession session) {
    this.graph = graph;
    this.session = session;
  }

  /** Opens the session in which images are decoded. */
  public static ImageConverter open(ImageSettings settings) {
    ImageGraph graph = new ImageGraph(settings);
    return new ImageConverter(graph, KernelSession.open(graph.nodes().toGraph(), graph.contents()));
  }

  /** A tensor [height, width, 3] of float32. */
  @Override
  public HostTensor convert(Object value) {
    if (!(value instanceof byte[] bytes)) {
      throw new BadRowException(value == null ? "the image is null" : "the image is not binary");
    }
    if (bytes.length == 0) {
      throw new BadRowException("the image is empty (0 bytes)");
    }
    try {
      return session.run(bytes, graph.result());
    } catch (RefusedValuesException e) {
      throw new BadRowException(
          "the image cannot be decoded: it is " + ImageFormat.describe(bytes), e);
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
