package layertap.input;

import java.util.ArrayList;
import java.util.List;
import layertap.graph.TensorShape;
import layertap.input.SequenceSettings.Side;
import layertap.model.select.FeedPoint;
import layertap.tensorflow.HostTensor;
import org.tensorflow.proto.DataType;

/** Pads and truncates an array of steps; a step is a number or an array of numbers. */
public final class SequenceConverter implements ValueConverter {
  private final DataType dtype;
  private final TensorShape shape;
  private final SequenceSettings settings;

  /**
   * Makes a converter.
   *
   * @param dtype of the placeholder
   * @param shape of one row: time, then the shape of a step; the time axis is known, from the model
   *     or the settings
   */
  public SequenceConverter(DataType dtype, TensorShape shape, SequenceSettings settings) {
    this.dtype = dtype;
    this.shape = shape;
    this.settings = settings;
  }

  @Override
  public HostTensor convert(Object value) {
    if (value == null) {
      throw new BadRowException("the sequence is null");
    }
    if (!(value instanceof List<?> steps)) {
      throw new BadRowException("the sequence is no array");
    }
    int length = Math.toIntExact(shape.sizes().get(0));
    int stepSize = stepSize(steps);
    Elements elements = new Elements(dtype, Math.multiplyExact(length, stepSize));
    int kept = Math.min(length, steps.size());
    int firstKept = settings.truncate() == Side.PRE ? steps.size() - kept : 0;
    int firstFilled = settings.pad() == Side.PRE ? length - kept : 0;
    for (int step = 0; step < length; step++) {
      int source = step - firstFilled + firstKept;
      boolean isPadding = step < firstFilled || step >= firstFilled + kept;
      for (int i = 0; i < stepSize; i++) {
        Object number = isPadding ? settings.value() : number(steps, source, i, stepSize);
        elements.set(step * stepSize + i, number);
      }
    }
    return HostTensor.of(FeedPoint.fedType(dtype), rowShape(length, stepSize), elements.array());
  }

  private static Object number(List<?> steps, int step, int i, int stepSize) {
    Object value = steps.get(step);
    if (value == null) {
      throw new BadRowException("step " + step + " is null");
    }
    int size = value instanceof List<?> list ? list.size() : 1;
    if (size != stepSize) {
      throw new BadRowException("step " + step + " has " + size + " values, not " + stepSize);
    }
    return value instanceof List<?> list ? list.get(i) : value;
  }

  private int stepSize(List<?> steps) {
    List<Long> step = shape.sizes().subList(1, shape.sizes().size());
    if (!step.contains(TensorShape.UNKNOWN)) {
      return Math.toIntExact(step.stream().reduce(1L, Math::multiplyExact));
    }
    return !steps.isEmpty() && steps.get(0) instanceof List<?> first ? first.size() : 1;
  }

  private long[] rowShape(int length, int stepSize) {
    List<Long> sizes = new ArrayList<>(shape.sizes());
    sizes.set(0, (long) length);
    for (int i = 1; i < sizes.size(); i++) {
      if (sizes.get(i) == TensorShape.UNKNOWN) {
        sizes.set(i, (long) stepSize);
      }
    }
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }
}
