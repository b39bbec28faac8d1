package layertap.model.saved;

import java.util.List;

/**
 * The files of one SavedModel directory, wherever it is stored. Paths are relative to the directory
 * and use {@code /}. Implementations are thread-safe; all methods throw {@link
 * java.io.UncheckedIOException} when the storage fails.
 */
public interface ModelFiles {
  /** The directory as the user wrote it, for messages. */
  String location();

  /** Whether the directory itself is there. */
  boolean exists();

  /** All files below the directory, sorted by path. */
  List<ModelFile> list();

  /** Whether the location is that of a file, so that it is no directory. */
  default boolean isFile() {
    return false;
  }

  /**
   * Reads {@code length} bytes from byte {@code offset} on.
   *
   * @throws java.io.UncheckedIOException also if the file ends before that
   */
  byte[] read(String path, long offset, int length);

  /**
   * The model's fingerprint: {@link Fingerprint}. Reads the files that count, and may keep it.
   *
   * @throws java.io.UncheckedIOException if they cannot be read
   */
  default String fingerprint() {
    return Fingerprint.of(this);
  }

  /** Whether reading takes the time of a network, so that what was read is worth keeping. */
  default boolean isRemote() {
    return false;
  }

  /**
   * Says that bytes which were read are not the model's.
   *
   * @return whether they were kept and are no longer, so that reading again may give others
   */
  default boolean forget(String path, long offset, int length) {
    return false;
  }

  /**
   * A file of the directory.
   *
   * @param path relative to the directory
   * @param length in bytes
   */
  record ModelFile(String path, long length) {}
}
