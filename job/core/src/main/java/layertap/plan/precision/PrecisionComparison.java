package layertap.plan.precision;

import java.io.Serializable;
import java.util.List;

/**
 * What synthetic rows say of a plan that computes in fewer bits.
 *
 * @param cosines for each feature the least one between a row's values by both plans; not a number
 *     where there is none, as of values that are not numbers
 * @param speedup how many times as many rows a second it does
 */
public record PrecisionComparison(List<Double> cosines, double speedup) implements Serializable {
  public PrecisionComparison {
    cosines = List.copyOf(cosines);
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
