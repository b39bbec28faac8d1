package layertap.extract.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import layertap.graph.Dtype;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.model.gradient.Derivative;
import layertap.model.gradient.build.DirectionalScore;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Central differences of one score beside its derivative, in two directions for each row: that of
 * the derivative, which moves the score most, and one in which each number goes up or down at
 * random, which shows what the derivative leaves out. Several step sizes are tried, because a score
 * may have a kink within a large one, and rounding hides small ones. The point is a little off the
 * synthetic row's: there two numbers may be equal, of which a maximum takes one.
 */
final class FiniteDifferences {
  private static final double[] STEPS_OF_DOUBLES = {1e-5, 1e-7, 1e-3};
  private static final double[] STEPS_OF_FLOATS = {1e-2, 1e-3, 5e-2};

  /** Of a typical difference: what the derivative's own rounding, and curvature, may make. */
  private static final double TOLERANCE = 0.03;

  /**
   * The same where the model computes with numbers of 16 bits, and where differences are of
   * float32: these need steps so large that there are kinks within.
   */
  private static final double TOLERANCE_OF_OTHERS = 0.3;

  /** Of the score, for a move as large as the tensor: less does not show in float32. */
  private static final double UNSEEN = 1e-6;

  /** How many roundings add up in a score. */
  private static final double ROUNDINGS = 64;

  private static final double JITTER = 0.02;

  private final InferenceSession session;
  private final Map<TensorId, HostTensor> feeds;
  private final Derivative derivative;
  private final DirectionalScore score;
  private final boolean isDouble;
  private final DataType given;

  FiniteDifferences(
      InferenceSession session,
      Map<TensorId, HostTensor> feeds,
      Derivative derivative,
      DirectionalScore score) {
    this.session = session;
    this.feeds = new LinkedHashMap<>(feeds);
    this.derivative = derivative;
    this.score = score;
    this.isDouble = score.dtype() == DataType.DT_DOUBLE;
    this.given = derivative.target().wrt().get(0).dtype();
  }

  /**
   * What came out.
   *
   * @param isZero whether the derivative is zero everywhere
   * @param decided directions of rows in which there is something to compare
   * @param others those in which no difference agrees with the derivative
   * @param expected of one of these what the derivative says
   * @param difference of the same the closest difference
   */
  record Verdict(boolean isZero, int decided, int others, double expected, double difference) {}

  /** Compares the first rows of a batch, each of which has as many numbers of the tensor. */
  Verdict verdict(int rows, int batch) {
    HostTensor value = session.run(feeds, List.of(score.values().get(0))).get(0);
    double[] values = TensorNumbers.of(value);
    double size = Math.sqrt(DoubleStream.of(values).map(x -> x * x).average().orElse(0));
    double scale = size > 0 && Double.isFinite(size) ? size : 1;
    int rowLength = values.length / batch;
    boolean isZero =
        DoubleStream.of(gradient()).limit((long) rows * rowLength).allMatch(x -> x == 0);
    jitter(value.shape(), values, scale);
    double[] gradient = gradient();
    Tally tally = new Tally();
    if (score.isComparable() && rowLength > 0) {
      List<double[]> directions =
          List.of(along(gradient, batch, rowLength, scale), random(values.length, scale));
      for (double[] direction : directions) {
        compare(direction, value.shape(), gradient, rows, rowLength, scale, tally);
      }
    }
    return new Verdict(isZero, tally.decided, tally.others, tally.expected, tally.difference);
  }

  private static final class Tally {
    private int decided;
    private int others;
    private double expected;
    private double difference;
  }

  /** Moves the tensor itself, which can be fed like a placeholder. */
  private void jitter(long[] shape, double[] values, double scale) {
    boolean isFed = given == DataType.DT_FLOAT || given == DataType.DT_DOUBLE;
    if (derivative.wrt().size() > 1 || !isFed) {
      return;
    }
    Random random = new Random(7);
    double[] moved =
        DoubleStream.of(values)
            .map(x -> x + JITTER * scale * (2 * random.nextDouble() - 1))
            .toArray();
    feeds.put(derivative.wrt().get(0), tensor(given, shape, moved));
  }

  private double[] gradient() {
    return TensorNumbers.of(session.run(feeds, List.of(score.gradient())).get(0));
  }

  /** Along the derivative of each row, as long as the random ones. */
  private static double[] along(double[] gradient, int batch, int rowLength, double scale) {
    double[] along = new double[gradient.length];
    for (int row = 0; row < batch; row++) {
      double norm = norm(gradient, row, rowLength);
      for (int i = row * rowLength; i < (row + 1) * rowLength; i++) {
        along[i] = norm == 0 ? 0 : gradient[i] / norm * scale * Math.sqrt(rowLength);
      }
    }
    return along;
  }

  private static double[] random(int length, double scale) {
    Random random = new Random(11);
    return IntStream.range(0, length)
        .mapToDouble(i -> random.nextBoolean() ? scale : -scale)
        .toArray();
  }

  private static double norm(double[] values, int row, int rowLength) {
    return Math.sqrt(
        IntStream.range(row * rowLength, (row + 1) * rowLength)
            .mapToDouble(i -> values[i] * values[i])
            .sum());
  }

  private void compare(
      double[] direction,
      long[] shape,
      double[] gradient,
      int rows,
      int rowLength,
      double scale,
      Tally tally) {
    List<Integer> open = new ArrayList<>(IntStream.range(0, rows).boxed().toList());
    double[] closest = new double[rows];
    Arrays.fill(closest, Double.NaN);
    double[] expected = new double[rows];
    boolean[] isDecided = new boolean[rows];
    for (double step : isDouble ? STEPS_OF_DOUBLES : STEPS_OF_FLOATS) {
      if (open.isEmpty()) {
        break;
      }
      double[] up = scores(direction, shape, step);
      double[] down = scores(direction, shape, -step);
      for (int row : List.copyOf(open)) {
        expected[row] =
            IntStream.range(row * rowLength, (row + 1) * rowLength)
                .mapToDouble(i -> gradient[i] * direction[i])
                .sum();
        double difference = (up[row] - down[row]) / (2 * step);
        double largest = Math.max(Math.abs(up[row]), Math.abs(down[row]));
        double typical = Math.max(Math.abs(expected[row]), norm(gradient, row, rowLength) * scale);
        double noise = ROUNDINGS * (isDouble ? 0x1p-52 : 0x1p-23) * largest / step;
        double allowed = tolerance() * typical + noise + UNSEEN * largest;
        if (Math.abs(difference - expected[row]) <= allowed) {
          open.remove((Integer) row);
          isDecided[row] |= noise < typical;
        } else if (Double.isFinite(difference) && Double.isFinite(expected[row])) {
          isDecided[row] = true;
          boolean isCloser =
              Math.abs(difference - expected[row]) < Math.abs(closest[row] - expected[row]);
          closest[row] = Double.isNaN(closest[row]) || isCloser ? difference : closest[row];
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      tally.decided += isDecided[row] ? 1 : 0;
      if (isDecided[row] && open.contains(row)) {
        tally.others++;
        tally.expected = expected[row];
        tally.difference = closest[row];
      }
    }
  }

  private double tolerance() {
    return Dtype.isShortFloat(given) || !isDouble ? TOLERANCE_OF_OTHERS : TOLERANCE;
  }

  private double[] scores(double[] direction, long[] shape, double step) {
    Map<TensorId, HostTensor> moved = new LinkedHashMap<>(feeds);
    moved.put(score.direction(), tensor(score.dtype(), shape, direction));
    moved.put(score.step(), tensor(score.dtype(), new long[0], new double[] {step}));
    return TensorNumbers.of(session.run(moved, List.of(score.score())).get(0));
  }

  private static HostTensor tensor(DataType dtype, long[] shape, double[] values) {
    if (dtype == DataType.DT_DOUBLE) {
      return HostTensor.of(dtype, shape, values);
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return HostTensor.of(shape, floats);
  }
}
