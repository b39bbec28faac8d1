package layertap.input.record;

import java.util.Locale;

/**
 * A record of a TFRecord file, or the rest of a file in which no record can be found any more.
 *
 * @param number counted from 0
 * @param offset of its first byte in the file, or in what a compressed file unpacks to
 * @param data null if it is damaged
 * @param damage why it cannot be read; null if it can
 * @param isRest whether all that follows cannot be read either
 */
public record TfRecord(long number, long offset, byte[] data, String damage, boolean isRest) {
  /** Which record it is and what is wrong with it, in words. */
  public String complaint(String what) {
    return String.format(
        Locale.ROOT,
        isRest
            ? "no record can be read from number %,d (counted from 0), at byte %,d, on: %s"
            : "record %,d (counted from 0), at byte %,d: %s",
        number,
        offset,
        what);
  }
}
