package layertap.input.image.decode;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import layertap.failure.BadRowException;
import layertap.input.image.decode.webp.LosslessStream;

/** The bytes of an image as TensorFlow decodes them, without what it would decode and drop. */
public final class EncodedImage {
  /** libwebp's own encoder makes at most 2,600. These take up to 84 MB beside the pixels. */
  private static final int MOST_WEBP_GROUPS = 4096;

  private EncodedImage() {}

  /**
   * Of a file whose pixels are no more than may be.
   *
   * @return the file, or one that gives the same pixels
   * @throws BadRowException if it is of a format that TensorFlow does not decode, and damaged, or
   *     of a kind that is not decoded
   */
  public static byte[] forTensorFlow(byte[] bytes) {
    return switch (ImageFormat.decodable(bytes)) {
      case "GIF" -> GifFrames.of(bytes).map(frames -> frames.firstAlone(bytes)).orElse(bytes);
      case "PNG" -> PngChunks.withoutTexts(bytes);
      case "WebP" -> webp(bytes);
      case "TIFF" -> tiff(bytes);
      default -> bytes;
    };
  }

  private static byte[] webp(byte[] bytes) {
    return decoded(
        bytes,
        () -> {
          WebpFile file = WebpFile.of(bytes).orElseThrow(() -> ImageFormat.undecodable(bytes));
          requireFewGroups(file);
          return Libwebp.decode(file);
        },
        "it is a WebP image, and its decoder cannot be loaded (%s); add"
            + " com.github.usefulness:webp-imageio to the class path, or convert it to JPEG or PNG");
  }

  private static void requireFewGroups(WebpFile file) {
    boolean mayBeMany =
        !file.isLossy()
            && LosslessStream.mostGroups(file.frameWidth(), file.frameHeight()) > MOST_WEBP_GROUPS;
    int groups = mayBeMany ? LosslessStream.prefixCodeGroups(file.stream()) : 1;
    if (groups > MOST_WEBP_GROUPS) {
      throw new BadRowException(
          ("the image cannot be decoded: it is a WebP image of %s groups of prefix codes, and"
                  + " layertap decodes at most %s, since each takes 20 kB of memory; encode it anew,"
                  + " or convert it to PNG")
              .formatted(groups, MOST_WEBP_GROUPS));
    }
  }

  private static byte[] tiff(byte[] bytes) {
    return decoded(
        bytes,
        () -> {
          TiffFile file = TiffFile.of(bytes).orElseThrow(() -> ImageFormat.undecodable(bytes));
          Optional<String> missing = TiffSupport.missing(file);
          if (missing.isPresent()) {
            throw new BadRowException(
                ("the image cannot be decoded: it is a TIFF image %s, which layertap cannot decode;"
                        + " convert it to PNG")
                    .formatted(missing.get()));
          }
          return TiffDecoder.decode(file);
        },
        "it is a TIFF image, which the module java.desktop of Java decodes, and that cannot be"
            + " loaded (%s); run a Java that has it, or convert it to PNG");
  }

  /** A decoder that may fail on damage, or not be there. */
  private interface Decoding {
    byte[] run() throws IOException;
  }

  private static byte[] decoded(byte[] bytes, Decoding decoding, String notLoaded) {
    try {
      return decoding.run();
    } catch (BadRowException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      BadRowException undecodable = ImageFormat.undecodable(bytes);
      undecodable.initCause(e);
      throw undecodable;
    } catch (LinkageError e) {
      throw new BadRowException(
          "the image cannot be decoded: " + notLoaded.formatted(e.getMessage()), e);
    }
  }

  /**
   * Decodes by libwebp. Its classes and natives are there only if whoever uses layertap has them.
   */
  private static final class Libwebp {
    private static final int GREEN = 8;
    private static final int RED = 16;

    private Libwebp() {}

    /**
     * The first frame on its canvas, which is black beside it.
     *
     * @throws IOException if it is damaged
     * @throws LinkageError if libwebp is not there, or not for this platform
     */
    static byte[] decode(WebpFile file) throws IOException {
      BitmapFile bitmap = new BitmapFile(file.height(), file.width());
      BufferedImage frame = read(file.plain());
      int[] row = new int[file.frameWidth()];
      for (int y = 0; y < file.frameHeight(); y++) {
        frame.getRaster().getDataElements(0, y, row.length, 1, row);
        for (int x = 0; x < row.length; x++) {
          int pixel = row[x];
          bitmap.set(file.top() + y, file.left() + x, pixel >> RED, pixel >> GREEN, pixel);
        }
      }
      return bitmap.bytes();
    }

    private static BufferedImage read(byte[] bytes) throws IOException {
      ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
      try {
        reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)));
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    }
  }
}
