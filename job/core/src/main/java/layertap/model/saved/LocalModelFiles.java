package layertap.model.saved;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import layertap.failure.UserException;
import layertap.process.NameEncoding;

/**
 * A SavedModel on a local disk. Links may lead to it and about in it; out of it to files, as caches
 * of models have them, and to the folder of its variables, but to no other, nor from its assets.
 * Immutable and thread-safe.
 */
public final class LocalModelFiles implements ModelFiles {
  private static final String VARIABLES = "variables";
  private static final String ASSETS = "assets/";

  private final String location;
  private final Path directory;

  public LocalModelFiles(Path directory) {
    this(directory.toString(), directory);
  }

  /**
   * The model in a local directory.
   *
   * @param location the directory as the user wrote it
   */
  public LocalModelFiles(String location, Path directory) {
    this.location = location;
    this.directory = directory;
  }

  /**
   * The model in a local directory.
   *
   * @throws UserException if Java has no name for it
   */
  public static LocalModelFiles at(String directory) {
    NameEncoding.ofThisJvm()
        .whyNotNamed(directory)
        .ifPresent(
            why -> {
              throw new UserException("cannot read the model %s: %s".formatted(directory, why));
            });
    return new LocalModelFiles(Path.of(directory));
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public boolean exists() {
    return Files.isDirectory(directory);
  }

  @Override
  public boolean isFile() {
    return Files.isRegularFile(directory);
  }

  @Override
  public List<ModelFile> list() {
    try {
      List<ModelFile> files = new ArrayList<>();
      Files.walkFileTree(
          directory, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new Lister(files));
      files.sort(Comparator.comparing(ModelFile::path));
      return List.copyOf(files);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  /** Goes into folders that links lead to as long as they are inside of the model. */
  private final class Lister extends SimpleFileVisitor<Path> {
    private final List<ModelFile> files;

    Lister(List<ModelFile> files) {
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
        throws IOException {
      if (!relative(path).equals(VARIABLES)) {
        requireInside(path);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
      // A link that leads nowhere is listed as the link that it is.
      if (attributes.isRegularFile()) {
        requireTrusted(path);
        files.add(new ModelFile(relative(path), attributes.size()));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) throws IOException {
      if (failure instanceof FileSystemLoopException) {
        throw refused(path, "leads to a folder around it; remove it");
      }
      throw failure;
    }
  }

  /**
   * What a stranger packed may lead to any file of whoever runs the job. Assets would put its text
   * into features; the other files are nothing but a model's.
   */
  private void requireTrusted(Path path) throws IOException {
    if (relative(path).startsWith(ASSETS)) {
      requireInside(path);
    }
  }

  private void requireInside(Path path) throws IOException {
    if (!path.toRealPath().startsWith(directory.toRealPath())) {
      throw refused(
          path,
          "leads out of the model's folder; if you trust it, copy the model with what its links"
              + " lead to (cp -rL)");
    }
  }

  private UserException refused(Path path, String fact) {
    return new UserException(
        "cannot read the model " + location + ": its link " + relative(path) + " " + fact);
  }

  private String relative(Path path) {
    return directory.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
  }

  @Override
  public byte[] read(String path, long offset, int length) {
    Path resolved = directory.resolve(path);
    try (RandomAccessFile file = new RandomAccessFile(resolved.toFile(), "r")) {
      requireTrusted(resolved);
      if (offset + length > file.length()) {
        throw new EOFException("it ends at byte " + file.length());
      }
      byte[] bytes = new byte[length];
      file.seek(offset);
      file.readFully(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read bytes %s to %s of %s"
              .formatted(offset, (offset + length), directory.resolve(path)),
          e);
    }
  }
}
