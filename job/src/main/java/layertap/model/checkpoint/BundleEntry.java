package layertap.model.checkpoint;

import java.io.Serializable;
import java.util.List;
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
    int length,
    int checksum)
    implements Serializable {
  public BundleEntry {
    shape = List.copyOf(shape);
  }

  /** The number of values. */
  public long elementCount() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
