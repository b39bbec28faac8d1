package layertap.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How much memory this process could still take: of its machine, and of its container if that has a
 * limit. What Linux keeps of files counts as available, since it goes for whoever needs memory.
 * Elsewhere, and where nothing can be read, memory is never short. Immutable.
 */
public final class AvailableMemory {
  /** Less than this part of all is short. */
  private static final long SHORT_PART = 16;

  private static final String GROUP = "sys/fs/cgroup/";

  private final Path root;

  private AvailableMemory(Path root) {
    this.root = root;
  }

  /** The memory of this machine. */
  public static AvailableMemory ofThisMachine() {
    return new AvailableMemory(Path.of("/"));
  }

  /** What files below a folder say, as they are below {@code /} on Linux. */
  public static AvailableMemory below(Path root) {
    return new AvailableMemory(root);
  }

  /** Whether less than a sixteenth is available, of the machine or of the container. */
  public boolean isShort() {
    return isShort(field("proc/meminfo", "MemAvailable:"), field("proc/meminfo", "MemTotal:"))
        || isShort("memory.max", "memory.current", GROUP + "memory.stat", "inactive_file ")
        || isShort(
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            GROUP + "memory/memory.stat",
            "total_inactive_file ");
  }

  /**
   * How many bytes could still be taken, of the machine with its swap and of the container; empty
   * where nobody says.
   */
  public OptionalLong bytes() {
    OptionalLong available = field("proc/meminfo", "MemAvailable:");
    LongStream machine =
        available.stream().map(free -> 1024 * (free + orNone(field("proc/meminfo", "SwapFree:"))));
    LongStream container =
        LongStream.concat(
            left("memory.max", "memory.current", "memory.stat", ""),
            left(
                "memory/memory.limit_in_bytes",
                "memory/memory.usage_in_bytes",
                "memory/memory.stat",
                "total_"));
    return LongStream.concat(machine, container).min();
  }

  /** All that is kept of files would go before somebody is refused. */
  private LongStream left(String limit, String usage, String statistics, String prefix) {
    OptionalLong all = number(GROUP + limit);
    OptionalLong used = number(GROUP + usage);
    if (all.isEmpty() || used.isEmpty()) {
      return LongStream.empty();
    }
    long files =
        orNone(field(GROUP + statistics, prefix + "inactive_file "))
            + orNone(field(GROUP + statistics, prefix + "active_file "));
    return LongStream.of(Math.max(0, all.getAsLong() - used.getAsLong() + files));
  }

  private static long orNone(OptionalLong number) {
    return number.orElse(0);
  }

  private boolean isShort(String limit, String usage, String statistics, String files) {
    OptionalLong all = number(GROUP + limit);
    OptionalLong used = number(GROUP + usage);
    OptionalLong kept = field(statistics, files);
    return all.isPresent()
        && used.isPresent()
        && isShort(OptionalLong.of(all.getAsLong() - used.getAsLong() + kept.orElse(0)), all);
  }

  private static boolean isShort(OptionalLong available, OptionalLong all) {
    return available.isPresent()
        && all.isPresent()
        && available.getAsLong() < all.getAsLong() / SHORT_PART;
  }

  /** A file of one number; none if it has a word, such as max. */
  private OptionalLong number(String file) {
    return parse(lines(file).stream().findFirst());
  }

  /** The number after a word, in whatever unit the file has. */
  private OptionalLong field(String file, String word) {
    return parse(
        lines(file).stream()
            .filter(line -> line.startsWith(word))
            .map(line -> line.substring(word.length()).strip().split(" ", 2)[0])
            .findFirst());
  }

  private static OptionalLong parse(Optional<String> text) {
    return text.filter(digits -> digits.matches("\\d{1,18}")).stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  private List<String> lines(String file) {
    Path path = root.resolve(file);
    if (!Files.isReadable(path)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(path)) {
      return lines.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
