package layertap.spark.schema;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import layertap.graph.Dtype;
import layertap.tensor.HalfFloats;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;

/**
 * What a feature column holds, as its metadata tells, and its values as shaped arrays whatever form
 * they are stored in. Immutable.
 *
 * <pre>
 *   StoredFeature embedding = FeatureSchema.of(rows.schema()).feature("embedding");
 *   float[] values = embedding.read(row).floats();
 * </pre>
 *
 * @param column its name
 * @param layer that was tapped
 * @param tensor of the model's graph
 * @param dtype of that tensor
 * @param shape of one row's values, -1 for sizes that differ; empty for a scalar, and where not
 *     even the number of axes is known
 * @param pool how axes were reduced, or {@code none}
 * @param normalize how values were normalised, or {@code none}
 * @param store {@code native}, {@code float16} or {@code bfloat16}
 * @param fingerprint of the model
 * @param type of the column
 */
public record StoredFeature(
    String column,
    String layer,
    String tensor,
    String dtype,
    List<Long> shape,
    String pool,
    String normalize,
    String store,
    String fingerprint,
    DataType type) {
  public StoredFeature {
    shape = List.copyOf(shape);
  }

  /** What a column is, if it is a feature. */
  public static Optional<StoredFeature> of(StructField field) {
    if (!field.metadata().contains(OutputSchema.METADATA_KEY)) {
      return Optional.empty();
    }
    Metadata metadata = field.metadata().getMetadata(OutputSchema.METADATA_KEY);
    boolean hasShape = metadata.contains("shape");
    return Optional.of(
        new StoredFeature(
            field.name(),
            metadata.getString("layer"),
            metadata.getString("tensor"),
            metadata.getString("dtype"),
            hasShape ? LongStream.of(metadata.getLongArray("shape")).boxed().toList() : List.of(),
            metadata.getString("pool"),
            metadata.getString("normalize"),
            metadata.getString("store"),
            metadata.getString("fingerprint"),
            field.dataType()));
  }

  /**
   * The feature of a row.
   *
   * @param row with this column, and the one of shapes where there is one
   * @return null for an invalid row that was kept
   */
  public ShapedValues read(Row row) {
    Object stored = row.getAs(column);
    if (stored == null) {
      return null;
    }
    Object values = values(stored);
    return new ShapedValues(values, shape(row, Array.getLength(values)));
  }

  private Object values(Object stored) {
    if (stored instanceof byte[] halves) {
      return floats(halves);
    }
    if (stored instanceof Vector vector) {
      return vector.toArray();
    }
    List<Object> flat = new ArrayList<>();
    flatten(RowValues.toJava(stored), flat);
    Object values = Array.newInstance(elementClass(), flat.size());
    for (int i = 0; i < flat.size(); i++) {
      Array.set(values, i, flat.get(i));
    }
    return values;
  }

  private static void flatten(Object value, List<Object> flat) {
    if (value instanceof List<?> list) {
      list.forEach(element -> flatten(element, flat));
    } else {
      flat.add(value);
    }
  }

  private Class<?> elementClass() {
    return ElementType.of(NestedType.of(type).element()).javaClass();
  }

  private float[] floats(byte[] halves) {
    Dtype stored = store.equals("float16") ? Dtype.FLOAT16 : Dtype.BFLOAT16;
    short[] bits = new short[halves.length / Short.BYTES];
    ByteBuffer.wrap(halves).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(bits);
    return HalfFloats.toFloats(stored.type(), bits);
  }

  private int[] shape(Row row, int count) {
    String shapeColumn = column + FeatureColumn.SHAPE_SUFFIX;
    if (Arrays.asList(row.schema().fieldNames()).contains(shapeColumn)) {
      return row.getList(row.fieldIndex(shapeColumn)).stream()
          .mapToInt(size -> (Integer) size)
          .toArray();
    }
    long known = shape.stream().filter(size -> size >= 0).reduce(1L, (a, b) -> a * b);
    return IntStream.range(0, shape.size())
        .map(i -> (int) (shape.get(i) >= 0 ? shape.get(i) : count / Math.max(1, known)))
        .toArray();
  }
}
