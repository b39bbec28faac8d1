package layertap.model.cache;

import java.util.List;
import layertap.model.saved.ModelFiles;

/**
 * A model on remote storage, the values of whose variables are read once per machine: what one
 * process has read, others find on the local disk. All else is asked of the storage. Thread-safe.
 */
final class CachedModelFiles implements ModelFiles {
  private static final String VALUES = "variables/variables.data-";

  private final ModelFiles files;
  private final ModelCache cache;

  CachedModelFiles(ModelFiles files, ModelCache cache) {
    this.files = files;
    this.cache = cache;
  }

  @Override
  public String location() {
    return files.location();
  }

  @Override
  public boolean exists() {
    return files.exists();
  }

  @Override
  public boolean isFile() {
    return files.isFile();
  }

  @Override
  public List<ModelFile> list() {
    return files.list();
  }

  @Override
  public byte[] read(String path, long offset, int length) {
    return path.startsWith(VALUES)
        ? cache.read(
            fingerprint(),
            piece(path, offset, length),
            length,
            () -> files.read(path, offset, length))
        : files.read(path, offset, length);
  }

  @Override
  public boolean forget(String path, long offset, int length) {
    return path.startsWith(VALUES) && cache.forget(fingerprint(), piece(path, offset, length));
  }

  private static String piece(String path, long offset, int length) {
    return "%s.%s-%s".formatted(path.substring(path.indexOf('.') + 1), offset, length);
  }

  @Override
  public String fingerprint() {
    return files.fingerprint();
  }
}
