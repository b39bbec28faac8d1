package layertap.input.image.decode;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import layertap.failure.BadRowException;

/** Decodes by the reader of the JDK, which unpacks samples; what they mean is said here. */
final class TiffDecoder {
  private static final String JDK = "com.sun.imageio.";

  private TiffDecoder() {}

  /**
   * The first image of a file.
   *
   * @throws BadRowException if it is one of floats that are not from 0 to 1
   * @throws IOException if it is damaged
   */
  static byte[] decode(TiffFile file) throws IOException {
    BitmapFile bitmap = new BitmapFile(file.height(), file.width());
    Raster raster = read(PlainTiff.of(file));
    if (raster.getNumBands() != file.samples()) {
      throw new IOException("it holds other samples than it says");
    }
    TiffSamples samples = new TiffSamples(file, raster);
    TiffColors colors = new TiffColors(file);
    for (int y = 0; y < file.height(); y++) {
      int[] row = samples.row(y);
      for (int x = 0; x < file.width(); x++) {
        colors.set(bitmap, y, x, row);
      }
    }
    return bitmap.bytes();
  }

  private static Raster read(byte[] bytes) throws IOException {
    ImageReader reader = reader();
    try {
      MemoryCacheImageInputStream stream =
          new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
      reader.setInput(stream, true /* forward only */, true /* without metadata */);
      return reader.read(0).getRaster();
    } finally {
      reader.dispose();
    }
  }

  /** Not another's that may be on the class path. */
  private static ImageReader reader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("tiff");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith(JDK)) {
        return reader;
      }
    }
    throw new NoClassDefFoundError("javax.imageio has no reader of TIFF in this Java");
  }
}
