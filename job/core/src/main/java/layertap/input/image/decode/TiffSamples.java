package layertap.input.image.decode;

import java.awt.image.Raster;
import layertap.failure.BadRowException;

/**
 * The samples of a TIFF image in eight bits each, by the rule of {@code
 * tf.image.convert_image_dtype}: the high byte of sixteen bits; of floats from 0 to 1 the whole
 * part of 255.5 times as much. Not thread-safe.
 */
final class TiffSamples {
  private static final int MOST = 255;

  /** By which {@code tf.image.convert_image_dtype} multiplies. */
  private static final float FLOAT_SCALE = 255.5f;

  private final TiffFile file;
  private final Raster raster;
  private final boolean isOfDifferences;
  private final boolean isOfIndexes;
  private final int[] row;

  TiffSamples(TiffFile file, Raster raster) {
    this.file = file;
    this.raster = raster;
    this.isOfDifferences = file.predictor() == TiffTags.DIFFERENCES;
    this.isOfIndexes = file.photometric() == TiffTags.PALETTE;
    this.row = new int[Math.multiplyExact(file.width(), file.samples())];
  }

  /** The samples of a row, pixel by pixel, until the next row is asked for. Indexes stay so. */
  int[] row(int y) {
    if (file.isOfFloats()) {
      floats(y);
      return row;
    }
    raster.getPixels(0, y, file.width(), 1, row);
    int bits = file.sampleBits();
    if (isOfDifferences) {
      sum((1 << bits) - 1);
    }
    if (!isOfIndexes && bits != Byte.SIZE) {
      int levels = (1 << bits) - 1;
      for (int i = 0; i < row.length; i++) {
        row[i] = bits > Byte.SIZE ? row[i] >> (bits - Byte.SIZE) : row[i] * MOST / levels;
      }
    }
    return row;
  }

  /** Of the same sample of the pixel before, up to the left edge of a tile. */
  private void sum(int mask) {
    int samples = file.samples();
    for (int x = 1; x < file.width(); x++) {
      if (x % file.tileWidth() != 0) {
        for (int i = x * samples; i < (x + 1) * samples; i++) {
          row[i] = (row[i] + row[i - samples]) & mask;
        }
      }
    }
  }

  private void floats(int y) {
    boolean isDouble = file.sampleBits() == Double.SIZE;
    double[] values = raster.getPixels(0, y, file.width(), 1, new double[row.length]);
    for (int i = 0; i < row.length; i++) {
      double value = values[i];
      // NaN is neither.
      if (!(value >= 0 && value <= 1)) {
        throw new BadRowException(
            ("the image cannot be decoded: it is a TIFF image of floats with a sample of %s; samples"
                    + " of floats are taken to be from 0 (black) to 1; scale them, or convert it to"
                    + " PNG")
                .formatted(isDouble ? String.valueOf(value) : String.valueOf((float) value)));
      }
      row[i] = isDouble ? (int) (value * FLOAT_SCALE) : (int) ((float) value * FLOAT_SCALE);
    }
  }
}
