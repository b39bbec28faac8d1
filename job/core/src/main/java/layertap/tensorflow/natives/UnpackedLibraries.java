package layertap.tensorflow.natives;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.tensorflow.TensorFlow;

/**
 * Which shared libraries JavaCPP unpacked from a jar, remembered in a text file beside them: the
 * jar's path, size and time, then the libraries in the order in which they are loaded.
 *
 * @param file that remembers them
 * @param folder in which they are
 * @param jar its path, size and time
 */
record UnpackedLibraries(Path file, Path folder, String jar) {
  /** The one that binds Java's methods. It depends on the others. */
  private static final String BINDING = "jnitensorflow";

  /** Nothing if TensorFlow's libraries are in no jar that is a file. */
  static Optional<UnpackedLibraries> in(Path folder) throws IOException {
    ClassLoader loader = TensorFlowNatives.class.getClassLoader();
    if (TensorFlow.class.getClassLoader() != loader) {
      // Java looks for native methods in what the class loader of their class has loaded.
      return Optional.empty();
    }
    Optional<URL> library = find(loader);
    if (library.isEmpty()
        || !(library.get().openConnection() instanceof JarURLConnection connection)
        || !connection.getJarFileURL().getProtocol().equals("file")) {
      return Optional.empty();
    }
    Path jar = Path.of(URI.create(connection.getJarFileURL().toString()));
    String line = "%s %s %s".formatted(jar, Files.size(jar), Files.getLastModifiedTime(jar));
    Path file = folder.resolve("libraries-%08x".formatted(jar.toString().hashCode()));
    return Optional.of(new UnpackedLibraries(file, folder, line));
  }

  /** The library that binds Java's methods on this platform, where the class path has it. */
  static Optional<URL> find(ClassLoader loader) {
    return Optional.ofNullable(
        loader.getResource(
            "org/tensorflow/internal/c_api/%s/%s"
                .formatted(Loader.getPlatform(), System.mapLibraryName(BINDING))));
  }

  /** The libraries, in the order in which they are loaded; none if JavaCPP is to look for them. */
  List<Path> known() throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals(jar)) {
      return List.of();
    }
    List<Path> libraries = lines.stream().skip(1).map(Path::of).toList();
    return libraries.stream().allMatch(this::isUnpacked) ? libraries : List.of();
  }

  /**
   * Remembers what JavaCPP has loaded, unless some of it came from elsewhere.
   *
   * @param loaded their paths, null for one that was not found
   */
  void remember(Collection<String> loaded) throws IOException {
    List<Path> libraries =
        new ArrayList<>(loaded.stream().filter(Objects::nonNull).map(Path::of).toList());
    if (libraries.isEmpty() || !libraries.stream().allMatch(this::isUnpacked)) {
      return;
    }
    libraries.sort((one, other) -> Boolean.compare(isBinding(one), isBinding(other)));
    List<String> lines = new ArrayList<>(List.of(jar));
    libraries.forEach(library -> lines.add(library.toString()));
    Path draft = Files.write(file.resolveSibling(file.getFileName() + ".draft"), lines);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private boolean isUnpacked(Path library) {
    return library.startsWith(folder) && Files.isRegularFile(library);
  }

  private static boolean isBinding(Path library) {
    return library.getFileName().toString().contains(BINDING);
  }
}
