package layertap.input.image.decode;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes by libwebp. Its classes and natives are there only if whoever uses layertap has them. */
final class WebpDecoder {
  private static final int GREEN = 8;
  private static final int RED = 16;

  private WebpDecoder() {}

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
