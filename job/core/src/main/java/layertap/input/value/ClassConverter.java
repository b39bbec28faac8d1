package layertap.input.value;

import java.util.List;
import layertap.failure.BadRowException;
import layertap.graph.TensorShape;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** Turns the number of a class into a scalar of int32, if there is such a class. */
public final class ClassConverter implements ValueConverter {
  private final TensorConverter numbers =
      new TensorConverter(DataType.DT_INT32, TensorShape.of(List.of()));
  private final long count;

  /**
   * Makes a converter.
   *
   * @param count of classes, which are counted from 0
   */
  public ClassConverter(long count) {
    this.count = count;
  }

  @Override
  public HostTensor convert(Object value) {
    HostTensor tensor = numbers.convert(value);
    int number = ((int[]) tensor.values())[0];
    if (number < 0 || number >= count) {
      throw new BadRowException(
          "the class is %s, and there are %s, counted from 0".formatted(number, count));
    }
    return tensor;
  }
}
