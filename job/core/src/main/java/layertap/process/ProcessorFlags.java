package layertap.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What instructions a processor has, by Linux's names for them. */
public final class ProcessorFlags {
  /** Products of bfloat16: of vectors, of tiles. */
  public static final List<String> BFLOAT16 = List.of("avx512_bf16", "amx_bf16");

  private static final String FLAGS = "flags";
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private ProcessorFlags() {}

  /** Those of this machine; none where the system is not Linux. */
  public static Set<String> ofThisMachine() {
    return described().stream()
        .filter(line -> line.startsWith(FLAGS))
        .findFirst()
        .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
        .orElse(Set.of());
  }

  /** Whether this machine has one of {@link #BFLOAT16}. */
  public static boolean hasBFloat16() {
    return BFLOAT16.stream().anyMatch(ofThisMachine()::contains);
  }

  /** Model and instructions, each kind once, in the system's words; empty if it is not Linux. */
  public static List<String> described() {
    if (!Files.isReadable(PROCESSOR)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(PROCESSOR)) {
      return lines
          .filter(line -> line.startsWith("model name") || line.startsWith(FLAGS))
          .distinct()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
