package layertap.model.saved;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;

/** Recognises what Git LFS leaves in the place of a file that it has not fetched. */
public final class LargeFilePointer {
  private static final byte[] START = "version https://git-lfs".getBytes(ISO_8859_1);

  private LargeFilePointer() {}

  public static boolean isOne(byte[] bytes) {
    return bytes.length >= START.length
        && Arrays.equals(bytes, 0, START.length, START, 0, START.length);
  }
}
