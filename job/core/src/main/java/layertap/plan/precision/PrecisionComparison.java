package layertap.plan.precision;

import java.io.Serializable;
import java.util.List;

/**
 * What synthetic rows say of a plan that computes in fewer bits.
 *
 * @param cosines for each feature the least one between a row's values by both plans
 * @param speedup how many times as many rows a second it does
 */
public record PrecisionComparison(List<Double> cosines, double speedup) implements Serializable {
  public PrecisionComparison {
    cosines = List.copyOf(cosines);
  }

  /** The position of the feature that differs most. */
  public int worst() {
    int worst = 0;
    for (int feature = 1; feature < cosines.size(); feature++) {
      worst = cosines.get(feature) >= cosines.get(worst) ? worst : feature;
    }
    return worst;
  }
}
