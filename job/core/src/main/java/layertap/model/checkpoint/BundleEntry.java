package layertap.model.checkpoint;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import layertap.graph.Dtype;
import org.tensorflow.proto.DataType;

/**
 * Where the value of a variable lies.
 *
 * @param key checkpoint key, as {@code layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE}
 * @param dtype of the value
 * @param shape sizes of its axes
 * @param file relative to the SavedModel's directory
 * @param offset first byte in the file
 * @param length in bytes
 * @param checksum masked CRC-32C of the bytes
 */
public record BundleEntry(
    String key,
    DataType dtype,
    List<Long> shape,
    String file,
    long offset,
    long length,
    int checksum)
    implements Serializable {
  private static final Set<DataType> STREAMED =
      Set.of(
          DataType.DT_FLOAT,
          DataType.DT_DOUBLE,
          DataType.DT_HALF,
          DataType.DT_BFLOAT16,
          DataType.DT_INT32,
          DataType.DT_INT64,
          DataType.DT_UINT8,
          DataType.DT_BOOL);

  public BundleEntry {
    shape = List.copyOf(shape);
  }

  /** The number of values. */
  public long elementCount() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Whether the value can come piece by piece into the variable where it stays. Others stand in the
   * graph as constants, and a graph holds no more than 2 GB.
   */
  public boolean canStream() {
    return STREAMED.contains(dtype);
  }

  /** Whether the shape's values take as many bytes as there are. */
  boolean holdsItsShape() {
    BigInteger count =
        shape.stream().map(BigInteger::valueOf).reduce(BigInteger.ONE, BigInteger::multiply);
    BigInteger bytes = BigInteger.valueOf(length);
    int size = Dtype.bytesOf(dtype);
    return dtype == DataType.DT_STRING
        ? count.compareTo(bytes) <= 0 // each has its length, of a byte or more, in front
        : size > 0 && count.multiply(BigInteger.valueOf(size)).equals(bytes);
  }
}
