package layertap.extract.check;

import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.feed.ClassNumber;
import layertap.input.feed.PlannedFeed;
import layertap.model.feed.FeedPlaceholder;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Three made-up rows, all different, the same in every JVM: numbers from 0 to 1, small identifiers,
 * words.
 */
public final class SyntheticRows {
  /** How many there are. */
  static final int COUNT = 3;

  /**
   * One way to make them; a model that refuses the values of one may take those of the next.
   *
   * @param openSize size of axes that the model leaves open
   * @param identifiers integers are below this
   * @param texts strings
   */
  private record Recipe(int openSize, int identifiers, List<String> texts) {
    Recipe with(PlannedFeed feed) {
      return feed.conversion() instanceof ClassNumber classes
          ? new Recipe(openSize, (int) Math.min(identifiers, classes.count()), texts)
          : this;
    }
  }

  private static final List<Recipe> RECIPES =
      List.of(
          new Recipe(8, 5, List.of("a", "the cat", "B 2", "")),
          new Recipe(32, 2, List.of("0", "1.5", "7")),
          new Recipe(64, 2, List.of("1", "2", "3")),
          new Recipe(224, 1, List.of("1970-01-01", "2000-02-03")));

  /** How many ways there are to make rows. */
  public static final int RECIPE_COUNT = RECIPES.size();

  /** How much larger the fractions of other rows may be, the most telling first. */
  static final List<Double> LARGER = List.of(37.0, 3.0);

  private static final double GOLDEN_RATIO = 0.6180339887498949;

  private SyntheticRows() {}

  /** The rows, each with a tensor for each feed. */
  public static List<List<HostTensor>> of(List<PlannedFeed> feeds, int recipe) {
    return of(feeds, recipe, 0, 1);
  }

  /**
   * As many others of the same shapes.
   *
   * @param larger how much larger their fractions are
   */
  static List<List<HostTensor>> others(List<PlannedFeed> feeds, int recipe, double larger) {
    return of(feeds, recipe, COUNT, larger);
  }

  /** The row with zeros in place of its second half, as if it were shorter; texts stay. */
  static List<HostTensor> halfEmpty(List<HostTensor> row) {
    return row.stream()
        .map(tensor -> tensor.dtype() == DataType.DT_STRING ? tensor : halfEmpty(tensor))
        .toList();
  }

  private static HostTensor halfEmpty(HostTensor tensor) {
    Object values = tensor.values();
    int count = Array.getLength(values);
    Object half = Dtype.newArray(tensor.dtype(), count);
    System.arraycopy(values, 0, half, 0, (count + 1) / 2);
    return HostTensor.of(tensor.dtype(), tensor.shape(), half);
  }

  private static List<List<HostTensor>> of(
      List<PlannedFeed> feeds, int recipe, int first, double larger) {
    List<List<HostTensor>> rows = new ArrayList<>();
    for (int row = first; row < first + COUNT; row++) {
      List<HostTensor> tensors = new ArrayList<>();
      for (PlannedFeed feed : feeds) {
        DataType dtype = FeedPlaceholder.fedType(feed.point().dtype());
        tensors.add(tensor(dtype, feed.rowShape(), row, RECIPES.get(recipe).with(feed), larger));
      }
      rows.add(tensors);
    }
    return rows;
  }

  private static HostTensor tensor(
      DataType dtype, TensorShape shape, int row, Recipe recipe, double larger) {
    List<Long> known = shape.isRankKnown() ? shape.sizes() : List.of(TensorShape.UNKNOWN);
    long[] sizes =
        known.stream()
            .mapToLong(size -> size == TensorShape.UNKNOWN ? recipe.openSize : size)
            .toArray();
    int count = Math.toIntExact(LongStream.of(sizes).reduce(1, Math::multiplyExact));
    return HostTensor.of(dtype, sizes, values(dtype, count, row, recipe, larger));
  }

  private static Object values(DataType dtype, int count, int row, Recipe recipe, double larger) {
    return switch (dtype) {
      case DT_FLOAT -> {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
          values[i] = (float) (larger * fraction(i, row));
        }
        yield values;
      }
      case DT_DOUBLE ->
          IntStream.range(0, count).mapToDouble(i -> larger * fraction(i, row)).toArray();
      case DT_INT32 ->
          IntStream.range(0, count).map(i -> identifier(i, row, recipe.identifiers)).toArray();
      case DT_INT64 ->
          IntStream.range(0, count)
              .mapToLong(i -> identifier(i, row, recipe.identifiers))
              .toArray();
      case DT_BOOL -> {
        boolean[] values = new boolean[count];
        for (int i = 0; i < count; i++) {
          values[i] = identifier(i, row, 2) == 1;
        }
        yield values;
      }
      case DT_UINT8 -> {
        byte[] values = new byte[count];
        for (int i = 0; i < count; i++) {
          values[i] = (byte) identifier(i, row, 256);
        }
        yield values;
      }
      case DT_STRING -> {
        byte[][] values = new byte[count][];
        for (int i = 0; i < count; i++) {
          String text = recipe.texts.get(identifier(i, row, recipe.texts.size()));
          values[i] = text.getBytes(StandardCharsets.UTF_8);
        }
        yield values;
      }
      default -> throw new IllegalArgumentException("no synthetic values of " + dtype);
    };
  }

  private static double fraction(int position, int row) {
    double value = (position + 1) * GOLDEN_RATIO * (row + 1) + 0.1 * row;
    return value - Math.floor(value);
  }

  private static int identifier(int position, int row, int below) {
    return (position * (row + 1) + row) % below;
  }
}
