package layertap.hadoop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.GlobExpander;
import org.apache.hadoop.fs.GlobPattern;

/**
 * A path of this machine that may be a pattern as Hadoop reads them, which hides from its own
 * listing the files whose names Java cannot read.
 *
 * @param folder the part before the first pattern; the path itself if it is none
 * @param names patterns of the names that follow, one for each level
 */
public record LocalPattern(Path folder, List<GlobPattern> names) {
  public LocalPattern {
    names = List.copyOf(names);
  }

  /** The patterns that a path stands for: more than one if slashes are in its braces. */
  public static List<LocalPattern> of(String path) throws IOException {
    return GlobExpander.expand(path).stream().map(LocalPattern::parse).toList();
  }

  private static LocalPattern parse(String path) {
    Path folder = Path.of("/");
    List<GlobPattern> names = new ArrayList<>();
    for (String name : path.split("/+")) {
      GlobPattern pattern = new GlobPattern(name);
      if (names.isEmpty() && !pattern.hasWildcard() && name.indexOf('\\') < 0) {
        folder = folder.resolve(name);
      } else {
        names.add(pattern);
      }
    }
    return new LocalPattern(folder, names);
  }

  /** Whether something in that folder, or deeper, may be meant. */
  public boolean reaches(Path inside) {
    return matches(inside, Math.min(depth(inside), names.size()));
  }

  /** Whether a file is meant, or is in a folder that is. */
  public boolean isMeant(Path file) {
    return depth(file) >= names.size() && matches(file, names.size());
  }

  /** The file or folder that the whole pattern stands for, of a file that {@link #isMeant}. */
  public Path root(Path file) {
    return names.isEmpty()
        ? folder
        : folder.resolve(folder.relativize(file).subpath(0, names.size()));
  }

  private int depth(Path inside) {
    return inside.getNameCount() - folder.getNameCount();
  }

  private boolean matches(Path inside, int levels) {
    for (int level = 0; level < levels; level++) {
      String path = LocalNames.readable(inside.getName(folder.getNameCount() + level));
      // A name that Java cannot read comes with a folder before it.
      if (!names.get(level).matches(path.substring(path.lastIndexOf('/') + 1))) {
        return false;
      }
    }
    return true;
  }
}
