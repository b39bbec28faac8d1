package layertap.spark.schema;

import java.io.Serializable;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import layertap.graph.TensorShape;
import layertap.model.feature.FeatureOptions;
import layertap.model.feature.FeatureOptions.Layout;
import layertap.model.feature.FeatureOptions.Store;
import layertap.model.feature.PlannedFeature;
import layertap.tensor.HostTensor;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The column, or two, of one feature: their types, and their values from a tensor. Immutable. */
public record FeatureColumn(PlannedFeature feature) implements Serializable {
  static final String SHAPE_SUFFIX = "_shape";

  public String name() {
    return feature.column();
  }

  /** Whether a second column holds the shape of each row: one open size follows from the length. */
  public boolean hasShapeColumn() {
    TensorShape shape = feature.rowShape();
    return !shape.isRankKnown() || shape.unknownCount() > 1;
  }

  /** The name of that column. */
  public String shapeColumn() {
    return name() + SHAPE_SUFFIX;
  }

  /** The type of the feature's column. */
  public DataType type() {
    if (feature.form().store() != Store.NATIVE) {
      return DataTypes.BinaryType;
    }
    if (feature.form().layout() == Layout.VECTOR) {
      return SQLDataTypes.VectorType();
    }
    DataType element = ElementType.of(feature.dtype()).column();
    if (isScalar()) {
      return element;
    }
    TensorShape shape = feature.rowShape();
    int levels =
        feature.form().layout() == Layout.NESTED && shape.isRankKnown() ? shape.sizes().size() : 1;
    DataType type = element;
    for (int level = 0; level < levels; level++) {
      type = DataTypes.createArrayType(type, false);
    }
    return type;
  }

  /** Whether each row has one value; one of unknown rank may, but the column is planned before. */
  private boolean isScalar() {
    return feature.rowShape().isRankKnown() && feature.rowShape().sizes().isEmpty();
  }

  /** The value for the feature's column. */
  public Object value(HostTensor tensor) {
    FeatureOptions form = feature.form();
    if (form.store() != Store.NATIVE) {
      return littleEndian((short[]) tensor.values());
    }
    if (form.layout() == Layout.VECTOR) {
      return Vectors.dense(doubles(tensor.values()));
    }
    Object values = tensor.values() instanceof byte[][] strings ? texts(strings) : tensor.values();
    if (isScalar()) {
      return Array.get(values, 0);
    }
    return form.layout() == Layout.NESTED && feature.rowShape().isRankKnown()
        ? nested(values, tensor.shape(), 0, 0)
        : values;
  }

  /** The value for the column of shapes. */
  public static int[] shape(HostTensor tensor) {
    return Arrays.stream(tensor.shape()).mapToInt(size -> (int) size).toArray();
  }

  private static Object nested(Object values, long[] shape, int axis, int position) {
    int size = (int) shape[axis];
    int stride = 1;
    for (int i = axis + 1; i < shape.length; i++) {
      stride *= (int) shape[i];
    }
    if (axis == shape.length - 1) {
      Object slice = Array.newInstance(values.getClass().getComponentType(), size);
      System.arraycopy(values, position, slice, 0, size);
      return slice;
    }
    Object[] inner = new Object[size];
    for (int i = 0; i < size; i++) {
      inner[i] = nested(values, shape, axis + 1, position + i * stride);
    }
    return inner;
  }

  private static String[] texts(byte[][] strings) {
    return Arrays.stream(strings)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toArray(String[]::new);
  }

  private static double[] doubles(Object values) {
    if (values instanceof double[] doubles) {
      return doubles;
    }
    float[] floats = (float[]) values;
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private static byte[] littleEndian(short[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Short.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(values);
    return bytes.array();
  }

  /** The columns of a plan's features. */
  public static List<FeatureColumn> of(List<PlannedFeature> features) {
    return features.stream().map(FeatureColumn::new).toList();
  }
}
