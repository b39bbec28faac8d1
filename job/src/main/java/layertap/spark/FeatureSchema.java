package layertap.spark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.model.ModelException;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The feature columns of a table, as their metadata describes them. Whoever trains on a table that
 * was joined from several asks it whether all features come from one model.
 */
public record FeatureSchema(List<Feature> features) {
  /**
   * A feature column.
   *
   * @param layer that it was tapped at
   * @param tensor of the model's graph
   * @param fingerprint of the model
   */
  public record Feature(String column, String layer, String tensor, String fingerprint) {}

  public FeatureSchema {
    features = List.copyOf(features);
  }

  /** The features among the columns of a table. */
  public static FeatureSchema of(StructType columns) {
    List<Feature> features = new ArrayList<>();
    for (StructField column : columns.fields()) {
      feature(column).ifPresent(features::add);
    }
    return new FeatureSchema(features);
  }

  /** What a column is, if it is a feature. */
  static Optional<Feature> feature(StructField column) {
    if (!column.metadata().contains(OutputSchema.METADATA_KEY)) {
      return Optional.empty();
    }
    Metadata described = column.metadata().getMetadata(OutputSchema.METADATA_KEY);
    return Optional.of(
        new Feature(
            column.name(),
            described.getString("layer"),
            described.getString("tensor"),
            described.getString("fingerprint")));
  }

  /**
   * The fingerprint of the model that computed all features.
   *
   * @throws ModelException if there are none, or several models computed them
   */
  public String requireOneModel() {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    for (Feature feature : features) {
      columns
          .computeIfAbsent(feature.fingerprint(), absent -> new ArrayList<>())
          .add(feature.column());
    }
    if (columns.isEmpty()) {
      throw new ModelException(
          "cannot tell which model computed the features: no column has the metadata '"
              + OutputSchema.METADATA_KEY
              + "'; read the table that layertap wrote, or keep the metadata when selecting");
    }
    if (columns.size() > 1) {
      throw new ModelException(
          "cannot mix features of "
              + columns.size()
              + " models: "
              + columns
              + "; extract them again from one model");
    }
    return columns.keySet().iterator().next();
  }
}
