package layertap.input.image.decode;

import java.io.IOException;

/** Makes red, green and blue of a TIFF image's samples, in the integers of Pillow. */
final class TiffColors {
  private static final int MOST = 255;

  private final TiffFile file;
  private final int samples;
  private final boolean isInverted;
  private final boolean isPremultiplied;
  private final long[] palette;

  TiffColors(TiffFile file) throws IOException {
    this.file = file;
    this.samples = file.samples();
    this.isInverted = file.photometric() == TiffTags.WHITE_IS_ZERO;
    this.isPremultiplied = file.isPremultiplied();
    this.palette = file.palette();
    if (file.photometric() == TiffTags.PALETTE && palette.length != (3 << file.sampleBits())) {
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
