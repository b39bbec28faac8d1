package layertap.extract;

import java.util.List;
import layertap.tensorflow.HostTensor;

/**
 * What became of one row.
 *
 * @param features in the order of the plan; empty for an invalid row
 * @param error why the row is invalid; empty for a valid one
 */
public record RowFeatures(List<HostTensor> features, String error) {
  public RowFeatures {
    features = List.copyOf(features);
  }

  static RowFeatures invalid(String error) {
    return new RowFeatures(List.of(), error);
  }

  public boolean isValid() {
    return error.isEmpty();
  }
}
