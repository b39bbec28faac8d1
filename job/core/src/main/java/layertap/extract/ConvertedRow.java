package layertap.extract;

import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import layertap.tensor.HostTensor;

/**
 * A row as tensors of feeds and lengths.
 *
 * @param position among the rows
 * @param nanos that its conversion took
 */
record ConvertedRow(int position, List<HostTensor> tensors, long nanos) {
  long elements() {
    long count = 0;
    for (HostTensor tensor : tensors) {
      count += tensor.elementCount();
    }
    return count;
  }

  /** Equal for rows of the same shapes, which go through the model together. */
  Object shapes() {
    List<LongBuffer> shapes = new ArrayList<>(tensors.size());
    tensors.forEach(tensor -> shapes.add(LongBuffer.wrap(tensor.shape())));
    return shapes;
  }
}
