package layertap.model.saved;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files of a model that are listed once, and of which small ones are read once: whoever opens a
 * model asks for some of them several times, and each request to an object store takes its time.
 * Holds what was read until it is garbage, so it is for the time of planning or opening only.
 * Thread-safe.
 */
public final class KeptModelFiles implements ModelFiles {
  /** A file of more bytes is not kept. */
  public static final int MOST_BYTES = 64 << 20;

  private final ModelFiles files;
  private final Map<String, byte[]> kept = new ConcurrentHashMap<>();
  private Optional<Boolean> isThere = Optional.empty();
  private Optional<List<ModelFile>> listed = Optional.empty();
  private Optional<String> fingerprint = Optional.empty();

  public KeptModelFiles(ModelFiles files) {
    this.files = files;
  }

  @Override
  public String location() {
    return files.location();
  }

  @Override
  public boolean isFile() {
    return files.isFile();
  }

  @Override
  public synchronized boolean exists() {
    if (isThere.isEmpty()) {
      isThere = Optional.of(files.exists());
    }
    return isThere.get();
  }

  @Override
  public synchronized List<ModelFile> list() {
    if (listed.isEmpty()) {
      listed = Optional.of(List.copyOf(files.list()));
    }
    return listed.get();
  }

  @Override
  public synchronized String fingerprint() {
    if (fingerprint.isEmpty()) {
      fingerprint = Optional.of(Fingerprint.of(this));
    }
    return fingerprint.get();
  }

  @Override
  public boolean isRemote() {
    return files.isRemote();
  }

  @Override
  public synchronized boolean forget(String path, long offset, int length) {
    fingerprint = Optional.empty();
    boolean isForgotten = kept.remove(path) != null;
    return files.forget(path, offset, length) || isForgotten;
  }

  @Override
  public byte[] read(String path, long offset, int length) {
    byte[] whole = kept.get(path);
    if (whole != null && offset + length <= whole.length) {
      return Arrays.copyOfRange(whole, (int) offset, (int) offset + length);
    }
    byte[] bytes = files.read(path, offset, length);
    if (offset == 0 && length <= MOST_BYTES && list().contains(new ModelFile(path, length))) {
      kept.put(path, bytes.clone());
    }
    return bytes;
  }
}
