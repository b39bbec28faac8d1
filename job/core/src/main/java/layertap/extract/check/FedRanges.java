package layertap.extract.check;

import java.util.List;
import java.util.Optional;
import layertap.report.FirstRows.FedRange;
import layertap.tensor.HostTensor;

/** Finds the range of the numbers that are fed. */
final class FedRanges {
  private FedRanges() {}

  /** The range of all values; empty if they are no numbers. */
  static Optional<FedRange> of(String target, List<HostTensor> rows) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double sum = 0;
    long count = 0;
    for (HostTensor row : rows) {
      for (double value : TensorNumbers.of(row)) {
        if (Double.isFinite(value)) {
          low = Math.min(low, value);
          high = Math.max(high, value);
          sum += value;
          count++;
        }
      }
    }
    return count == 0
        ? Optional.empty()
        : Optional.of(new FedRange(target, low, high, sum / count));
  }
}
