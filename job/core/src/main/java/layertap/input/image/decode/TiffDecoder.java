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
    Colors colors = new Colors(file);
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

  /** Makes red, green and blue of a TIFF image's samples, in the integers of Pillow. */
  private static final class Colors {
    private static final int MOST = 255;

    private final TiffFile file;
    private final int samples;
    private final boolean isInverted;
    private final boolean isPremultiplied;
    private final long[] palette;

    Colors(TiffFile file) throws IOException {
      this.file = file;
      this.samples = file.samples();
      this.isInverted = file.photometric() == TiffTags.WHITE_IS_ZERO;
      this.isPremultiplied = file.isPremultiplied();
      this.palette = file.palette();
      if (file.photometric() == TiffTags.PALETTE && palette.length != 3 << file.sampleBits()) {
        throw new IOException("its palette has %s numbers".formatted(palette.length));
      }
    }

    /**
     * Sets a pixel.
     *
     * @param row the samples of its row, eight bits each
     */
    void set(BitmapFile bitmap, int y, int x, int[] row) {
      int at = x * samples;
      switch (file.photometric()) {
        case TiffTags.PALETTE -> {
          int colors = palette.length / 3;
          bitmap.set(y, x, color(row[at]), color(colors + row[at]), color(2 * colors + row[at]));
        }
        case TiffTags.CMYK -> {
          int light = MOST - row[at + 3];
          bitmap.set(y, x, ink(row[at], light), ink(row[at + 1], light), ink(row[at + 2], light));
        }
        case TiffTags.RGB, TiffTags.YCBCR -> {
          int alpha = isPremultiplied ? row[at + 3] : MOST;
          bitmap.set(
              y, x, clear(row[at], alpha), clear(row[at + 1], alpha), clear(row[at + 2], alpha));
        }
        default -> {
          int grey = clear(row[at], isPremultiplied ? row[at + 1] : MOST);
          int shown = isInverted ? MOST - grey : grey;
          bitmap.set(y, x, shown, shown, shown);
        }
      }
    }

    private int color(int index) {
      return (int) (palette[index] >> Byte.SIZE);
    }

    /** What an ink leaves of the light that black leaves. */
    private static int ink(int ink, int light) {
      int product = ink * light + 128;
      return Math.max(0, light - (((product >> Byte.SIZE) + product) >> Byte.SIZE));
    }

    private static int clear(int sample, int alpha) {
      return alpha == MOST || alpha == 0
          ? (alpha == 0 ? 0 : sample)
          : Math.min(MOST, sample * MOST / alpha);
    }
  }
}
