package layertap.spark.trial;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.extract.ShippedObjects;
import layertap.process.UserFolder;

/**
 * Answers of trials that went well, in files of this user on this machine, by what they depend on.
 * Several processes may use the folder at once: a file appears whole or not at all. What cannot be
 * read or written there counts as not remembered. The oldest go when there are too many bytes.
 */
final class Verdicts {
  private static final String SUFFIX = ".verdict";
  private static final String UNFINISHED = ".tmp";
  private static final long MAX_BYTES = 64L << 20;

  private final UserFolder folder;
  private final long maxBytes;

  Verdicts(UserFolder folder) {
    this(folder, MAX_BYTES);
  }

  Verdicts(UserFolder folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /** Those of this user: below {@code $XDG_CACHE_HOME}, or {@code ~/.cache}. */
  static Verdicts ofThisUser() {
    return new Verdicts(UserFolder.named("trials"));
  }

  /** What was remembered under a key. */
  Optional<Object> find(String key) {
    Path file = file(key);
    if (!folder.isOwn() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      Object found = ShippedObjects.read(Files.readAllBytes(file));
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return Optional.of(found);
    } catch (IOException | RuntimeException e) {
      // Of another version, damaged, or gone meanwhile.
      return Optional.empty();
    }
  }

  /** Remembers something under a key, if there is room for it. */
  void keep(String key, Serializable verdict) {
    byte[] bytes = ShippedObjects.bytes(verdict);
    if (bytes.length > maxBytes / 2) {
      return;
    }
    try {
      folder.createWithParents();
      if (folder.isOwn()) {
        dropOldest(maxBytes - bytes.length);
        Path unfinished = Files.createTempFile(folder.path(), key, UNFINISHED);
        Files.write(unfinished, bytes);
        Files.move(unfinished, file(key), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // No room, or no folder that is this user's: the next run tries the model once more.
      return;
    }
  }

  private Path file(String key) {
    return folder.path().resolve(key + SUFFIX);
  }

  private void dropOldest(long bytesToKeep) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder.path())) {
      all.forEach(files::add);
    }
    files.sort(Comparator.comparing(Verdicts::lastUse).reversed());
    long bytes = 0;
    for (Path file : files) {
      bytes += file.toFile().length();
      if (bytes > bytesToKeep) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static long lastUse(Path file) {
    return file.toFile().lastModified();
  }
}
