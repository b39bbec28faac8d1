package layertap.extract;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import layertap.failure.InvalidRowException;
import layertap.failure.NearestNames;
import layertap.failure.UserException;

/**
 * What became of a row of plain Java.
 *
 * @param features by their names, in the order of the configuration; none for an invalid row
 * @param error why the row is invalid, as in a job's {@code _error}; empty for a valid one
 */
public record ExtractedRow(Map<String, FeatureArray> features, String error) {
  public ExtractedRow {
    features = Collections.unmodifiableMap(new LinkedHashMap<>(features));
  }

  public boolean isValid() {
    return error.isEmpty();
  }

  /**
   * A feature.
   *
   * @throws InvalidRowException if the row is invalid
   * @throws UserException if there is no feature of that name
   */
  public FeatureArray feature(String name) {
    requireNonNull(name, "name is null");
    if (!isValid()) {
      throw new InvalidRowException(
          "cannot read the feature '%s': the row is invalid: %s; ask isValid() before"
              .formatted(name, error));
    }
    FeatureArray found = features.get(name);
    if (found == null) {
      throw new UserException(
          "cannot read the feature '%s': there is none of that name; nearest: %s"
              .formatted(name, String.join(", ", NearestNames.of(name, features.keySet()))));
    }
    return found;
  }
}
