package layertap.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A SavedModel on a local disk. Immutable and thread-safe. */
public final class LocalModelFiles implements ModelFiles {
  private final Path directory;

  public LocalModelFiles(Path directory) {
    this.directory = directory;
  }

  /** The model in a local directory. */
  public static LocalModelFiles at(String directory) {
    return new LocalModelFiles(Path.of(directory));
  }

  @Override
  public String location() {
    return directory.toString();
  }

  @Override
  public boolean exists() {
    return Files.isDirectory(directory);
  }

  @Override
  public List<ModelFile> list() {
    try (Stream<Path> paths = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
      List<ModelFile> files = new ArrayList<>();
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        String relative = directory.relativize(path).toString();
        files.add(
            new ModelFile(
                relative.replace(path.getFileSystem().getSeparator(), "/"), Files.size(path)));
      }
      return List.copyOf(files);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  @Override
  public byte[] read(String path, long offset, int length) {
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(path).toFile(), "r")) {
      if (offset + length > file.length()) {
        throw new EOFException("it ends at byte " + file.length());
      }
      byte[] bytes = new byte[length];
      file.seek(offset);
      file.readFully(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read bytes "
              + offset
              + " to "
              + (offset + length)
              + " of "
              + directory.resolve(path),
          e);
    }
  }
}
