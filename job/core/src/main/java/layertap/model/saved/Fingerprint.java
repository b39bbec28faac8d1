package layertap.model.saved;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import layertap.checksum.Sha256;
import layertap.model.saved.ModelFiles.ModelFile;

/** SHA-256 over the files that say what a model computes. */
public final class Fingerprint {
  private static final int CHUNK = 1 << 20;

  private Fingerprint() {}

  /**
   * The fingerprint of a SavedModel: over {@code saved_model.pb}, {@code variables.index} (which
   * holds the checksums of all variables) and the assets. {@code fingerprint.pb} is left out:
   * TensorFlow makes another one at each export.
   */
  public static String of(ModelFiles files) {
    MessageDigest digest = Sha256.digest();
    List<ModelFile> counted = files.list().stream().filter(Fingerprint::counts).toList();
    for (ModelFile file : counted) {
      digest.update((file.path() + "\0" + file.length() + "\0").getBytes(StandardCharsets.UTF_8));
      for (long offset = 0; offset < file.length(); offset += CHUNK) {
        int length = (int) Math.min(CHUNK, file.length() - offset);
        digest.update(files.read(file.path(), offset, length));
      }
    }
    return Sha256.hex(digest);
  }

  private static boolean counts(ModelFile file) {
    return file.path().equals("saved_model.pb")
        || file.path().equals("variables/variables.index")
        || file.path().startsWith("assets/");
  }
}
