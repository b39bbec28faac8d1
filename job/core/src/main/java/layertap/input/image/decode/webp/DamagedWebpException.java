package layertap.input.image.decode.webp;

/** A bit stream that no encoder writes. */
public final class DamagedWebpException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedWebpException() {
    super("the bit stream is damaged");
  }
}
