package layertap.input.image;

/** How {@code tf.image.resize} computes a pixel from those around it. */
public enum ResizeMethod {
  BILINEAR,
  NEAREST,
  BICUBIC,
  AREA,
  LANCZOS3,
  LANCZOS5
}
