package layertap.suggest.feed;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import layertap.graph.TensorShape;

/**
 * A column of an input.
 *
 * @param name as a feed names it; a field of a struct after the struct's name and a dot
 * @param type in the words of its source, for the reader
 * @param kind of the values in it, inside of arrays
 * @param depth how many arrays stand in each other around a value; 0 for none
 * @param sample its value in one row, in plain Java; null if that row has none, or there is no row
 */
public record DescribedColumn(String name, String type, Kind kind, int depth, Object sample) {
  /** What a column holds. */
  public enum Kind {
    WHOLE_NUMBERS,
    NUMBERS,
    TRUTH_VALUES,
    TEXTS,
    BYTES,
    /** Spark's image struct. */
    IMAGES,
    OTHER;

    /** Whether tensors of numbers can be made of such values. */
    boolean isNumeric() {
      return this == WHOLE_NUMBERS || this == NUMBERS || this == TRUTH_VALUES;
    }
  }

  public DescribedColumn {
    requireNonNull(name, "name is null");
    requireNonNull(type, "type is null");
    requireNonNull(kind, "kind is null");
  }

  /** Whether it can be carried to the output at little cost. */
  public boolean isSmall() {
    return depth == 0 && (kind.isNumeric() || kind == Kind.TEXTS || kind == Kind.OTHER);
  }

  /** The sizes of the arrays in the sample, the outermost first; of the first of those inside. */
  TensorShape sampleShape() {
    List<Long> sizes = new ArrayList<>();
    for (Object inner = sample; inner instanceof List<?> list; ) {
      sizes.add((long) list.size());
      inner = list.isEmpty() ? null : list.get(0);
    }
    return TensorShape.of(sizes);
  }

  /** Name and type with what the sample tells. */
  public String words() {
    String shape =
        depth > 0 && sample != null ? ", in the first row of shape " + sampleShape() : "";
    return "%s (%s%s)".formatted(name, type, shape);
  }
}
