package layertap.checksum;

import java.util.zip.CRC32C;

/**
 * The masked CRC-32C that LevelDB and TensorFlow store beside data, in checkpoints and TFRecord
 * files ("lib/hash/crc32c.h"): the plain CRC of bytes that hold CRCs would be a poor one.
 */
public final class MaskedCrc32c {
  private static final int MASK_DELTA = 0xa282ead8;

  private MaskedCrc32c() {}

  /** The checksum of a part of an array. */
  public static int of(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return of(crc);
  }

  /** The checksum of what was given to a CRC so far. */
  public static int of(CRC32C crc) {
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}
