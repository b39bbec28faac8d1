package layertap.model.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import layertap.model.saved.ModelFiles;
import layertap.process.UserFolder;

/**
 * Pieces of models that this user's processes have read on this machine, each a file in the folder
 * of its model, which is named by the model's fingerprint:
 *
 * <pre>
 *   models/FINGERPRINT/data-00000-of-00001.OFFSET-LENGTH   its mark, its CRC-32C, its bytes
 *   models/FINGERPRINT/lock                                held while a piece is fetched
 * </pre>
 *
 * A piece appears whole or not at all; one that is damaged is read anew. What cannot be read or
 * written there is asked of the storage as if there were no cache. Thread-safe.
 */
public final class ModelCache {
  private static final int MARK = 0x4c54_4331;
  private static final int HEADER = 2 * Integer.BYTES;

  private final UserFolder folder;
  private final CacheSpace space;
  private final PieceLocks locks;

  ModelCache(UserFolder folder, long maxBytes, PieceLocks locks) {
    this.folder = folder;
    this.space = new CacheSpace(folder.path(), maxBytes);
    this.locks = locks;
  }

  /**
   * A model whose values are kept.
   *
   * @param files on remote storage, which keep their fingerprint: each read of values asks for it
   * @param megabytes that the pieces of all models of this user may take on this machine; 0: the
   *     files as they are
   */
  public static ModelFiles over(ModelFiles files, int megabytes) {
    if (megabytes == 0 || !files.isRemote()) {
      return files;
    }
    ModelCache cache =
        new ModelCache(UserFolder.named("models"), (long) megabytes << 20, PieceLocks.ofThisJvm());
    return new CachedModelFiles(files, cache);
  }

  /** The bytes of a piece, from here or by {@code remote}, which one process at a time asks. */
  byte[] read(String model, String name, int length, Supplier<byte[]> remote) {
    Path piece = folder.path().resolve(model).resolve(name);
    Optional<byte[]> found = find(piece, length);
    if (found.isPresent()) {
      return found.get();
    }
    if (!makeFolder(piece.getParent())) {
      return remote.get();
    }
    try (PieceLocks.Lock lock = locks.lock(piece.resolveSibling(PieceLocks.FILE))) {
      // Another process may have fetched it meanwhile.
      return find(piece, length).orElseGet(() -> fetch(piece, lock.isHeld(), remote));
    }
  }

  private byte[] fetch(Path piece, boolean isLocked, Supplier<byte[]> remote) {
    byte[] bytes = remote.get();
    if (isLocked) {
      keep(piece, bytes);
    }
    return bytes;
  }

  /** Makes the folder of a model's pieces, unless it would be another user's; says whether. */
  private boolean makeFolder(Path model) {
    try {
      folder.createWithParents();
      if (!folder.isOwn()) {
        return false;
      }
      Files.createDirectories(model);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      // No home, or none that can be written to: an executor's user may have none.
      return false;
    }
  }

  private Optional<byte[]> find(Path piece, int length) {
    if (!Files.isRegularFile(piece, LinkOption.NOFOLLOW_LINKS) || !folder.isOwn()) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(piece)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      ByteBuffer bytes = ByteBuffer.allocate(length);
      if (channel.size() != HEADER + (long) length) {
        return Optional.empty();
      }
      channel.read(new ByteBuffer[] {header, bytes});
      while (bytes.hasRemaining() && channel.read(bytes) > 0) {
        // The rest of it.
      }
      if (bytes.hasRemaining()
          || header.getInt(0) != MARK
          || header.getInt(Integer.BYTES) != checksum(bytes.array())) {
        return Optional.empty();
      }
      Files.setLastModifiedTime(piece, FileTime.from(Instant.now()));
      return Optional.of(bytes.array());
    } catch (IOException e) {
      // Gone meanwhile, or on a disk that fails.
      return Optional.empty();
    }
  }

  private void keep(Path piece, byte[] bytes) {
    try {
      if (!space.makeRoom(piece.getParent(), HEADER + (long) bytes.length)) {
        return;
      }
      Path unfinished = piece.resolveSibling(piece.getFileName() + CacheSpace.UNFINISHED);
      try (FileChannel channel =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).putInt(MARK).putInt(checksum(bytes)).flip();
        ByteBuffer[] parts = {header, ByteBuffer.wrap(bytes)};
        while (parts[1].hasRemaining()) {
          channel.write(parts);
        }
      }
      Files.move(unfinished, piece, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // No room on the disk: the next process asks the storage once more.
      return;
    }
  }

  private static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  /** Drops a piece whose bytes are not the model's; says whether it was kept. */
  boolean forget(String model, String name) {
    try {
      return Files.deleteIfExists(folder.path().resolve(model).resolve(name));
    } catch (IOException e) {
      return false;
    }
  }
}
