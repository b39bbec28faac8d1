package layertap.tensorflow;

import java.math.BigInteger;
import layertap.model.ModelException;
import layertap.model.ModelFiles;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.RangeReads;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;

/** Reads values of a checkpoint piece by piece into native memory. */
final class StreamedTensor {
  private StreamedTensor() {}

  /**
   * The tensor of a variable; the caller closes it.
   *
   * @throws ModelException if the checkpoint does not hold as many bytes as the shape wants
   */
  static Tensor read(BundleEntry entry, ModelFiles files) {
    requireWhole(entry, files);
    long[] sizes = entry.shape().stream().mapToLong(Long::longValue).toArray();
    Tensor tensor = Tensor.of(TensorTypeRegistry.find(entry.dtype()).type(), Shape.of(sizes));
    try {
      RawTensor raw = tensor.asRawTensor();
      RangeReads.stream(
          files, entry, (position, bytes) -> raw.data().slice(position, bytes.length).write(bytes));
      return tensor;
    } catch (RuntimeException e) {
      tensor.close();
      throw e;
    }
  }

  private static void requireWhole(BundleEntry entry, ModelFiles files) {
    long size =
        switch (entry.dtype()) {
          case DT_DOUBLE, DT_INT64 -> Long.BYTES;
          case DT_HALF, DT_BFLOAT16 -> Short.BYTES;
          default -> Float.BYTES;
        };
    BigInteger bytes = BigInteger.valueOf(size);
    for (long axis : entry.shape()) {
      bytes = bytes.multiply(BigInteger.valueOf(axis));
    }
    if (!bytes.equals(BigInteger.valueOf(entry.length()))) {
      throw new ModelException(
          "cannot read the variable '"
              + entry.key()
              + "' of "
              + files.location()
              + ": its shape needs "
              + bytes
              + " bytes, the checkpoint has "
              + entry.length()
              + "; export or copy the model again");
    }
  }
}
