package layertap.tensorflow;

import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.RangeReads;
import layertap.model.saved.ModelFiles;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;

/** Reads values of a checkpoint piece by piece into native memory. */
final class StreamedTensor {
  private StreamedTensor() {}

  /**
   * The tensor of a variable, whose entry holds as many bytes as its shape; the caller closes it.
   */
  static Tensor read(BundleEntry entry, ModelFiles files) {
    long[] sizes = entry.shape().stream().mapToLong(Long::longValue).toArray();
    Tensor tensor = Tensor.of(TensorTypeRegistry.find(entry.dtype()).type(), Shape.of(sizes));
    try {
      RawTensor raw = tensor.asRawTensor();
      RangeReads.stream(
          files, entry, (position, bytes) -> raw.data().slice(position, bytes.length).write(bytes));
      return tensor;
    } catch (Throwable e) {
      tensor.close();
      throw e;
    }
  }
}
