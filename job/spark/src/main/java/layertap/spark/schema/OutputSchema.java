package layertap.spark.schema;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.model.feature.PlannedFeature;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of an output: those that were kept, those of the features, and for {@code on-invalid
 * = keep} the error.
 */
public record OutputSchema(List<StructField> kept, List<FeatureColumn> features, boolean hasError)
    implements Serializable {
  /** Key of a feature column's metadata. */
  static final String METADATA_KEY = "layertap";

  /** Holds why a row that is kept has no features. */
  public static final String ERROR_COLUMN = "_error";

  public OutputSchema {
    kept = List.copyOf(kept);
    features = List.copyOf(features);
    requireDistinctNames(kept, features, hasError);
  }

  private static void requireDistinctNames(
      List<StructField> kept, List<FeatureColumn> features, boolean hasError) {
    Set<String> names = new HashSet<>();
    for (StructField field : kept) {
      if (!names.add(lower(field.name()))) {
        throw new UserException(
            ("cannot keep '%s': another column of input.keep is called so, too (upper and lower case"
                    + " count as equal); leave one out, or give it another name in input.select")
                .formatted(field.name()));
      }
    }
    if (hasError && !names.add(ERROR_COLUMN)) {
      throw new UserException(
          ("cannot add the column '%s': the kept columns have one of that name already; "
                  + "drop it from input.keep, or set rows.on-invalid to error or skip")
              .formatted(ERROR_COLUMN));
    }
    for (FeatureColumn feature : features) {
      boolean isNew = names.add(lower(feature.name()));
      if (!isNew || (feature.hasShapeColumn() && !names.add(lower(feature.shapeColumn())))) {
        throw clash(feature, names, kept);
      }
    }
  }

  /** Says whose name it is already, and writes the feature with another one. */
  private static UserException clash(
      FeatureColumn feature, Set<String> names, List<StructField> kept) {
    boolean isKept = kept.stream().anyMatch(field -> feature.name().equalsIgnoreCase(field.name()));
    String free = feature.name() + "_1";
    for (int i = 2; names.contains(lower(free)); i++) {
      free = feature.name() + "_" + i;
    }
    String remedy = "write { %s, column = %s }".formatted(setting(feature.feature()), free);
    return new UserException(
        "cannot name the column of '%s': %s is called '%s' too (upper and lower case count as equal); %s"
            .formatted(
                feature.feature().selector(),
                isKept ? "a column of input.keep" : "another feature",
                feature.name(),
                isKept ? remedy + ", or leave it out of input.keep" : remedy));
  }

  /** How a configuration names what the feature comes from, such as {@code layer = bn1}. */
  private static String setting(PlannedFeature feature) {
    String selector = feature.selector();
    String key = selector.contains(":") ? "graph-tensor" : "output";
    boolean isWord = selector.matches("[A-Za-z_][A-Za-z0-9_/-]*");
    return "%s = %s"
        .formatted(
            feature.layer().isEmpty() ? key : "layer",
            isWord ? selector : "\"%s\"".formatted(selector));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The type of a row. Features of an invalid row that is kept are null. */
  public StructType toStructType() {
    List<StructField> fields = new ArrayList<>(kept);
    for (FeatureColumn feature : features) {
      fields.add(field(feature.name(), feature.type()));
      if (feature.hasShapeColumn()) {
        fields.add(
            field(feature.shapeColumn(), DataTypes.createArrayType(DataTypes.IntegerType, false)));
      }
    }
    if (hasError) {
      fields.add(DataTypes.createStructField(ERROR_COLUMN, DataTypes.StringType, true));
    }
    return DataTypes.createStructType(fields);
  }

  private StructField field(String name, org.apache.spark.sql.types.DataType type) {
    return DataTypes.createStructField(name, type, true);
  }

  /** The metadata of columns by name: Spark's typed functions drop it, so it is attached again. */
  public Map<String, Metadata> metadata(String fingerprint) {
    Map<String, Metadata> byColumn = new HashMap<>();
    for (StructField field : kept) {
      byColumn.put(field.name(), field.metadata());
    }
    for (FeatureColumn column : features) {
      Metadata metadata =
          new MetadataBuilder()
              .putMetadata(METADATA_KEY, describe(column.feature(), fingerprint))
              .build();
      byColumn.put(column.name(), metadata);
    }
    return byColumn;
  }

  private static Metadata describe(PlannedFeature feature, String fingerprint) {
    MetadataBuilder metadata =
        new MetadataBuilder()
            .putString("layer", feature.layer())
            .putString("tensor", feature.tensor().toString())
            .putString("dtype", Dtype.nameOf(feature.tap().dtype()))
            .putString("pool", word(feature.form().pool().name()))
            .putString("normalize", word(feature.form().normalization().name()))
            .putString("store", word(feature.form().store().name()))
            .putString("fingerprint", fingerprint);
    TensorShape shape = feature.fullRowShape();
    if (shape.isRankKnown()) {
      metadata.putLongArray("shape", shape.sizes().stream().mapToLong(Long::longValue).toArray());
    }
    if (feature.isGradient()) {
      metadata.putMetadata("gradient", describe(feature.gradient().target().described()));
    }
    return metadata.build();
  }

  private static Metadata describe(Map<String, Object> plain) {
    MetadataBuilder metadata = new MetadataBuilder();
    plain.forEach(
        (key, value) -> {
          if (value instanceof List<?> list) {
            metadata.putStringArray(key, list.stream().map(String::valueOf).toArray(String[]::new));
          } else {
            metadata.putString(key, String.valueOf(value));
          }
        });
    return metadata.build();
  }

  private static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT);
  }

  /**
   * The kept columns of those names, for folders.
   *
   * @throws UserException if one is not kept, or there twice
   */
  public List<String> partitionColumns(List<String> names) {
    List<String> columns = kept.stream().map(StructField::name).toList();
    List<String> found =
        names.stream()
            .map(name -> columns.stream().filter(name::equalsIgnoreCase).findFirst())
            .map(column -> column.orElseThrow(() -> notKept(names, columns)))
            .toList();
    Set<String> seen = new HashSet<>();
    for (String column : found) {
      if (!seen.add(column)) {
        throw new UserException(
            "cannot split the output by '%s' twice: output.partition-by names it again; leave one out"
                .formatted(column));
      }
    }
    return found;
  }

  private static UserException notKept(List<String> names, List<String> columns) {
    return new UserException(
        ("cannot split the output by %s: output.partition-by names kept columns, and "
                + "these are %s; add the column to input.keep")
            .formatted(
                String.join(", ", names), columns.isEmpty() ? "none" : String.join(", ", columns)));
  }

  /** For messages. */
  @Override
  public String toString() {
    return Arrays.toString(toStructType().fieldNames());
  }
}
