package layertap.spark.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import org.apache.spark.sql.types.StructType;

/**
 * The feature columns of a table, as their metadata describes them. Whoever trains on a table that
 * was joined from several asks it whether all features come from one model.
 */
public record FeatureSchema(List<StoredFeature> features) {
  public FeatureSchema {
    features = List.copyOf(features);
  }

  /** The features among the columns of a table, in their order. */
  public static FeatureSchema of(StructType columns) {
    return new FeatureSchema(
        Arrays.stream(columns.fields()).map(StoredFeature::of).flatMap(Optional::stream).toList());
  }

  /**
   * One of them.
   *
   * @throws UserException if there is no feature of that name
   */
  public StoredFeature feature(String column) {
    return features.stream()
        .filter(feature -> feature.column().equals(column))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    ("cannot read '%s' as a feature: the feature columns of the table are %s; "
                            + "keep the columns' metadata when selecting")
                        .formatted(column, features.stream().map(StoredFeature::column).toList())));
  }

  /**
   * The fingerprint of the model that computed all features.
   *
   * @throws UserException if there are none, or several models computed them
   */
  public String requireOneModel() {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    for (StoredFeature feature : features) {
      columns
          .computeIfAbsent(feature.fingerprint(), absent -> new ArrayList<>())
          .add(feature.column());
    }
    if (columns.isEmpty()) {
      throw new UserException(
          ("cannot tell which model computed the features: no column has the metadata "
                  + "'%s'; read the table that layertap wrote, or keep the metadata when "
                  + "selecting")
              .formatted(OutputSchema.METADATA_KEY));
    }
    if (columns.size() > 1) {
      throw new UserException(
          "cannot mix features of %s models: %s; extract them again from one model"
              .formatted(columns.size(), columns));
    }
    return columns.keySet().iterator().next();
  }
}
