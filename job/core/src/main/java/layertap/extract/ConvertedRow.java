package layertap.extract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.tensor.HostTensor;

/** A row as tensors of feeds and lengths, and its place among the rows. */
record ConvertedRow(int position, List<HostTensor> tensors) {
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
