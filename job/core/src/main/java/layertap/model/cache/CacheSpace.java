package layertap.model.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps the pieces of all models below a bound: those that were not used for longest go first. A
 * model in use does not drive out itself, for it would do so again each time it is read.
 */
final class CacheSpace {
  /** How the name of a file ends that is being written. */
  static final String UNFINISHED = ".tmp";

  /** The disk is not filled up: others need it, too. */
  private static final long LEFT_ON_DISK = 1L << 30;

  private static final Duration IN_USE = Duration.ofHours(1);

  private final Path folder;
  private final long maxBytes;

  CacheSpace(Path folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  private record Piece(Path path, long bytes, long lastUse) {}

  /** Whether there is room for another piece, made by whoever holds the lock of its model. */
  boolean makeRoom(Path model, long needed) throws IOException {
    List<Piece> pieces = pieces(model);
    pieces.sort(Comparator.comparingLong(Piece::lastUse));
    long bytes = pieces.stream().mapToLong(Piece::bytes).sum();
    long recent = System.currentTimeMillis() - IN_USE.toMillis();
    for (Piece piece : pieces) {
      if (bytes + needed <= maxBytes) {
        break;
      }
      if (!piece.path.startsWith(model) || piece.lastUse < recent) {
        Files.deleteIfExists(piece.path);
        bytes -= piece.bytes;
      }
    }
    return bytes + needed <= maxBytes
        && Files.getFileStore(folder).getUsableSpace() - needed >= LEFT_ON_DISK;
  }

  /** All pieces; unfinished ones of the model, whose writer has ended, are deleted. */
  private List<Piece> pieces(Path model) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    for (Path each : list(folder)) {
      List<Path> files = list(each);
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(UNFINISHED) && each.equals(model)) {
          Files.deleteIfExists(file);
        } else if (!name.equals(PieceLocks.FILE)) {
          pieces.add(new Piece(file, file.toFile().length(), file.toFile().lastModified()));
        }
      }
    }
    return pieces;
  }

  /** What is in a folder; nothing if it is none, or gone. */
  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.toList();
    }
  }
}
