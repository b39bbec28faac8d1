package layertap.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Profilers that interrupt the threads of this process by signals to see where they are.
 *
 * <p>oneDNN's own code for matrix products, before its version 3.11.2 and so in TensorFlow 2.18,
 * keeps an address of the heap in the stack pointer for a while. There the kernel writes the frame
 * of a signal that comes then (<a href="https://github.com/uxlfoundation/oneDNN/issues/4845">oneDNN
 * issue 4845</a>). Java's own recorder (JFR) does not interrupt threads that run native code.
 */
public final class InterruptingProfilers {
  private static final Path LOADED = Path.of("/proc/self/maps");

  /** What their libraries' names begin with: async-profiler, Pyroscope; Datadog. */
  private static final Set<String> LIBRARIES = Set.of("libasyncProfiler", "libjavaProfiler");

  private InterruptingProfilers() {}

  /** The name of the library of one that is loaded; none where the system is not Linux. */
  public static Optional<String> loaded() {
    if (!Files.isReadable(LOADED)) {
      return Optional.empty();
    }
    // A mapping is a line, which ends in its file.
    try (Stream<String> lines = Files.lines(LOADED)) {
      return lines
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .filter(name -> LIBRARIES.stream().anyMatch(name::startsWith))
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      // The name of some file that is no UTF-8: this is for a warning alone.
      return Optional.empty();
    }
  }
}
