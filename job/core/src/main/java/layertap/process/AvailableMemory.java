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
 * limit. Linux' cache of files counts as available, since it is dropped for whoever needs memory.
 * Elsewhere, and where nothing can be read, memory is never short. Immutable.
 */
public final class AvailableMemory {
  /** Less than this part of all is short. */
  private static final long SHORT_PART = 16;

  /** What the kernel says of a container's memory, in files of one of two versions. */
  private enum ControlGroup {
    VERSION_1(
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_"),
    VERSION_2("memory.max", "memory.current", "memory.stat", "");

    private static final String FOLDER = "sys/fs/cgroup/";

    final String limit;
    final String usage;
    final String statistics;
    final String inactiveFiles;
    final String activeFiles;

    ControlGroup(String limit, String usage, String statistics, String prefix) {
      this.limit = FOLDER + limit;
      this.usage = FOLDER + usage;
      this.statistics = FOLDER + statistics;
      this.inactiveFiles = prefix + "inactive_file ";
      this.activeFiles = prefix + "active_file ";
    }
  }

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
        || isShort(ControlGroup.VERSION_1)
        || isShort(ControlGroup.VERSION_2);
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
        LongStream.concat(left(ControlGroup.VERSION_1), left(ControlGroup.VERSION_2));
    return LongStream.concat(machine, container).min();
  }

  /** All that is kept of files would go before somebody is refused. */
  private LongStream left(ControlGroup group) {
    OptionalLong all = number(group.limit);
    OptionalLong used = number(group.usage);
    if (all.isEmpty() || used.isEmpty()) {
      return LongStream.empty();
    }
    long files =
        orNone(field(group.statistics, group.inactiveFiles))
            + orNone(field(group.statistics, group.activeFiles));
    return LongStream.of(Math.max(0, all.getAsLong() - used.getAsLong() + files));
  }

  private static long orNone(OptionalLong number) {
    return number.orElse(0);
  }

  private boolean isShort(ControlGroup group) {
    OptionalLong all = number(group.limit);
    OptionalLong used = number(group.usage);
    OptionalLong kept = field(group.statistics, group.inactiveFiles);
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
