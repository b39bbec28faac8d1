package layertap.cli.listing;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Groups layers that follow each other into blocks: by the models they stand in and by what their
 * names begin with, as {@code conv2_block1_…}; where names tell no blocks, by the tensors through
 * which all goes.
 *
 * <pre>
 *   conv2_block1_1_conv                                      ┌▶ b ─┐
 *   conv2_block1_1_bn    ─▶ conv2_block1, at depth 1 conv2   a     ├▶ d ─▶ …      d ends a block
 *   conv2_block1_out                                         └▶ c ─┘
 * </pre>
 */
public final class Blocks {
  /** So many lines one can take in. */
  public static final int MOST_LINES = 60;

  private static final int MOST_DEPTH = 16;

  private Blocks() {}

  /**
   * A layer to group.
   *
   * @param names its own after those around it
   * @param lastUse position of the last layer that takes its output, its own if none does
   */
  public record Item(List<String> names, int lastUse) {
    public Item {
      names = List.copyOf(names);
    }
  }

  /**
   * Layers that follow each other.
   *
   * @param from position of the first one
   * @param to position after the last one
   * @param name what their names have in common; empty if nothing
   */
  public record Block(int from, int to, String name) {
    /** How many layers. */
    public int size() {
      return to - from;
    }
  }

  /** The finest grouping that one can take in. */
  public static List<Block> fitting(List<Item> items) {
    for (int depth = MOST_DEPTH; depth >= 1; depth--) {
      List<Block> blocks = atDepth(items, depth);
      if (blocks.size() <= MOST_LINES) {
        return blocks;
      }
    }
    List<Block> byTensors = byTensors(items);
    return byTensors.size() <= MOST_LINES ? byTensors : pieces(items.size());
  }

  /** Groups by as many parts of the names; 1 for the largest blocks. */
  public static List<Block> atDepth(List<Item> items, int depth) {
    List<Block> blocks = new ArrayList<>();
    int from = 0;
    String name = null;
    for (int i = 0; i <= items.size(); i++) {
      String own = i == items.size() ? null : block(items.get(i).names, depth);
      if (i > 0 && (i == items.size() || own.isEmpty() || !own.equals(name))) {
        blocks.add(new Block(from, i, Objects.requireNonNullElse(name, "")));
        from = i;
      }
      name = own;
    }
    return blocks;
  }

  /** The name of the block at a depth; empty if the names tell of none. */
  static String block(List<String> names, int depth) {
    List<String> parts = new ArrayList<>();
    for (int i = 1; i < names.size(); i++) {
      parts.add(String.join("/", names.subList(0, i)));
    }
    String around = parts.isEmpty() ? "" : parts.get(parts.size() - 1) + "/";
    String own = names.get(names.size() - 1);
    for (int end = 1; end <= own.length(); end++) {
      boolean isEnd = end == own.length() || own.charAt(end) == '_' || own.charAt(end) == '/';
      if (isEnd && own.substring(0, end).matches(".*\\d[a-z]?")) {
        parts.add(around + own.substring(0, end));
      }
    }
    // A model of others stands at the head of the block of those inside.
    if (parts.size() < names.size()) {
      parts.add(around + own);
    }
    return parts.get(Math.min(depth, parts.size()) - 1);
  }

  /** A block ends where only one tensor goes on. */
  private static List<Block> byTensors(List<Item> items) {
    List<Block> blocks = new ArrayList<>();
    int furthest = 0;
    int from = 0;
    for (int i = 0; i < items.size(); i++) {
      boolean isEnd = furthest <= i;
      furthest = Math.max(furthest, items.get(i).lastUse);
      if (isEnd) {
        blocks.add(new Block(from, i + 1, ""));
        from = i + 1;
      }
    }
    if (from < items.size()) {
      blocks.add(new Block(from, items.size(), ""));
    }
    return blocks;
  }

  private static List<Block> pieces(int count) {
    List<Block> blocks = new ArrayList<>();
    int size = (count + MOST_LINES - 1) / MOST_LINES;
    for (int from = 0; from < count; from += size) {
      blocks.add(new Block(from, Math.min(count, from + size), ""));
    }
    return blocks;
  }
}
