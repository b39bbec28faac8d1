package layertap.plan.precision;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;

/**
 * What synthetic rows say of a plan that computes in fewer bits.
 *
 * @param cosines for each feature the least one between a row's values by both plans; not a number
 *     where values are not a number or infinite
 * @param speedup how many times as many rows a second it does
 * @param refusal why TensorFlow did not compute them in fewer bits; empty if it did
 */
public record PrecisionComparison(List<Double> cosines, double speedup, String refusal)
    implements Serializable {
  public PrecisionComparison {
    cosines = List.copyOf(cosines);
  }

  public PrecisionComparison(List<Double> cosines, double speedup) {
    this(cosines, speedup, "");
  }

  /** Of rows that are computed in float32, but not in fewer bits. */
  public static PrecisionComparison refused(int features, String refusal) {
    return new PrecisionComparison(Collections.nCopies(features, Double.NaN), 1, refusal);
  }

  /** The position of the feature that differs most, of the first that cannot be compared. */
  public int worst() {
    int worst = 0;
    for (int feature = 1; feature < cosines.size(); feature++) {
      // What is not a number counts as the largest.
      worst = Double.compare(-cosines.get(feature), -cosines.get(worst)) > 0 ? feature : worst;
    }
    return worst;
  }
}
