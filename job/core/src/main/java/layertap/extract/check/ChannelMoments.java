package layertap.extract.check;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import layertap.model.preprocessing.TrainedStatistics;
import layertap.tensor.HostTensor;

/**
 * Means and variances of a tensor's channels over rows and places, held against those of training.
 * Not thread-safe.
 */
final class ChannelMoments {
  /** Of the variance in the middle: channels with less are dead, and say nothing. */
  private static final double DEAD = 1e-3;

  private final TrainedStatistics trained;
  private final double[] sums;
  private final double[] squares;
  private long count;

  ChannelMoments(TrainedStatistics trained) {
    this.trained = trained;
    this.sums = new double[trained.variances().size()];
    this.squares = new double[sums.length];
  }

  /** Adds the first rows of a batch; a tensor of other channels is left out. */
  void add(HostTensor batch, int rows) {
    long[] shape = batch.shape();
    int axis = trained.isChannelFirst() ? 1 : shape.length - 1;
    if (shape.length < 2 || shape[axis] != sums.length || shape[0] < rows) {
      return;
    }
    int inner = 1;
    for (int i = axis + 1; i < shape.length; i++) {
      inner *= (int) shape[i];
    }
    int length = (int) (batch.elementCount() / shape[0]);
    for (int row = 0; row < rows; row++) {
      add(TensorNumbers.of(batch, row * length, length), inner);
    }
  }

  /**
   * Adds the values of a row.
   *
   * @param inner how many of a channel stand beside each other
   */
  private void add(double[] row, int inner) {
    int channel = 0;
    for (int start = 0; start < row.length; start += inner) {
      for (int i = start; i < start + inner; i++) {
        sums[channel] += row[i];
        squares[channel] += row[i] * row[i];
      }
      channel = channel + 1 == sums.length ? 0 : channel + 1;
    }
    count += row.length / Math.max(1, sums.length);
  }

  /** How many values each channel has. */
  long count() {
    return count;
  }

  /**
   * How the values are spread, compared with training.
   *
   * @param factor of the variance, in the middle of all channels
   * @param off how many channels are off by more than ten, all in the same direction
   * @param channels that are not dead
   * @param distance from the distribution of training: 0 for the same
   */
  record Comparison(double factor, int off, int channels, double distance) {
    /** Whether most channels are off. */
    boolean isOff() {
      return 2 * off > channels;
    }
  }

  /** Compares what was added so far. */
  Comparison compare() {
    double[] variances = new double[sums.length];
    for (int i = 0; i < sums.length; i++) {
      double mean = sums[i] / count;
      variances[i] = Math.max(0, squares[i] / count - mean * mean);
    }
    double floor = DEAD * middle(trained.variances().stream().mapToDouble(v -> v).toArray());
    int[] alive =
        IntStream.range(0, sums.length).filter(i -> trained.variances().get(i) > floor).toArray();
    double[] ratios = IntStream.of(alive).mapToDouble(i -> ratio(variances[i], i)).toArray();
    int above = (int) Arrays.stream(ratios).filter(ratio -> ratio > 10).count();
    int below = (int) Arrays.stream(ratios).filter(ratio -> ratio < 0.1).count();
    double[] distances = IntStream.of(alive).mapToDouble(i -> distance(variances[i], i)).toArray();
    return new Comparison(middle(ratios), Math.max(above, below), alive.length, middle(distances));
  }

  private double ratio(double variance, int channel) {
    return variance / trained.variances().get(channel);
  }

  /** The Kullback-Leibler divergence of normal distributions, doubled. */
  private double distance(double variance, int channel) {
    double ratio = Math.max(ratio(variance, channel), 1e-12);
    List<Double> means = trained.means();
    double moved = means.isEmpty() ? 0 : sums[channel] / count - means.get(channel);
    return ratio - 1 - Math.log(ratio) + moved * moved / trained.variances().get(channel);
  }

  private static double middle(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }
}
