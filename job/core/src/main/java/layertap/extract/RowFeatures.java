package layertap.extract;

import java.util.List;
import layertap.failure.BadRowException;
import layertap.failure.BadRowException.Fault;
import layertap.input.value.FiniteValues;
import layertap.model.feature.PlannedFeature;
import layertap.tensor.HostTensor;

/**
 * What became of one row.
 *
 * @param features in the order of the plan; empty for an invalid row
 * @param error why the row is invalid; empty for a valid one
 * @param fault what is wrong with an invalid one
 */
public record RowFeatures(List<HostTensor> features, String error, Fault fault) {
  public RowFeatures {
    features = List.copyOf(features);
  }

  /** A valid row. */
  static RowFeatures of(List<HostTensor> features) {
    return new RowFeatures(features, "", Fault.OTHER);
  }

  /** An invalid row, for a reason that is not empty. */
  public static RowFeatures invalid(String error) {
    return new RowFeatures(List.of(), error, Fault.OTHER);
  }

  /** A row whose values cannot be fed. */
  public static RowFeatures invalid(BadRowException reason) {
    return new RowFeatures(List.of(), reason.getMessage(), reason.fault());
  }

  /** The row as it is, or an invalid one if a value of a feature is NaN or an infinity. */
  RowFeatures ifFinite(List<PlannedFeature> outputs) {
    for (int i = 0; i < features.size(); i++) {
      try {
        FiniteValues.require(features.get(i));
      } catch (BadRowException e) {
        return invalid("the feature %s: %s".formatted(outputs.get(i).column(), e.getMessage()));
      }
    }
    return this;
  }

  /** About what the features take in memory, at most. */
  public long bytes() {
    return Long.BYTES * features.stream().mapToLong(HostTensor::elementCount).sum();
  }

  public boolean isValid() {
    return error.isEmpty();
  }
}
