package layertap.extract;

import java.util.ArrayList;
import java.util.Arrays;
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
    return tensors.stream().mapToLong(HostTensor::elementCount).sum();
  }

  /** Rows of the same shapes go through the model together. */
  List<Object> shapes() {
    List<Object> shapes = new ArrayList<>();
    tensors.forEach(tensor -> shapes.add(Arrays.toString(tensor.shape())));
    return shapes;
  }
}
