package layertap.input.value;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import layertap.failure.BadRowException;
import layertap.graph.TensorShape;
import layertap.input.value.SequenceSettings.Padding;
import layertap.input.value.SequenceSettings.Side;
import layertap.model.feed.FeedPlaceholder;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** Pads and truncates an array of steps; a step is a number or an array of numbers. */
public final class SequenceConverter implements ValueConverter {
  private final DataType dtype;

  /** Of a row: time, then the shape of a step; {@link TensorShape#UNKNOWN} where open. */
  private final long[] shape;

  /** The product of the sizes that the model has for a step. */
  private final long knownStepSize;

  private final long openAxisCount;

  private final SequenceSettings settings;

  /**
   * Makes a converter.
   *
   * @param dtype of the placeholder
   * @param shape of one row: time, then the shape of a step; the time axis is open only for
   *     sequences that are not padded
   */
  public SequenceConverter(DataType dtype, TensorShape shape, SequenceSettings settings) {
    this.dtype = dtype;
    this.shape = shape.sizes().stream().mapToLong(Long::longValue).toArray();
    this.knownStepSize =
        sizesOfSteps().filter(size -> size != TensorShape.UNKNOWN).reduce(1, Math::multiplyExact);
    this.openAxisCount = sizesOfSteps().filter(size -> size == TensorShape.UNKNOWN).count();
    this.settings = settings;
  }

  private LongStream sizesOfSteps() {
    return Arrays.stream(shape).skip(1);
  }

  @Override
  public HostTensor convert(Object value) {
    List<?> steps = steps(value);
    int kept = kept(steps);
    int length = isOpen() ? kept : Math.toIntExact(shape[0]);
    if (length == 0) {
      throw new BadRowException("the sequence is empty");
    }
    int stepSize = stepSize(steps);
    int firstKept = settings.truncate() == Side.PRE ? steps.size() - kept : 0;
    requireSizes(steps, firstKept, kept, stepSize);
    TensorElements elements = new TensorElements(dtype, count(length, stepSize));
    int firstFilled = settings.pad() == Padding.PRE ? length - kept : 0;
    pad(elements, 0, firstFilled * stepSize);
    if (steps instanceof NumberList) {
      elements.setAll(firstFilled, steps, firstKept, kept);
    } else {
      for (int step = 0; step < kept; step++) {
        setStep(elements, (firstFilled + step) * stepSize, steps.get(firstKept + step));
      }
    }
    pad(elements, (firstFilled + kept) * stepSize, length * stepSize);
    return HostTensor.of(
        FeedPlaceholder.fedType(dtype), rowShape(length, stepSize), elements.array());
  }

  private void pad(TensorElements elements, int from, int to) {
    for (int position = from; position < to; position++) {
      elements.set(position, settings.value());
    }
  }

  /** How many steps of a sequence that can be converted are its own, a scalar of int32. */
  public HostTensor trueLength(Object value) {
    return length(kept(steps(value)));
  }

  /** A number of steps, as the ops that pool take it. */
  public static HostTensor length(long steps) {
    return HostTensor.of(DataType.DT_INT32, new long[0], new int[] {Math.toIntExact(steps)});
  }

  private static List<?> steps(Object value) {
    if (value instanceof List<?> steps) {
      return steps;
    }
    throw BadRowException.unusable(value, "the sequence is null", "the sequence is no array");
  }

  private boolean isOpen() {
    return shape[0] == TensorShape.UNKNOWN;
  }

  /** Steps that are not dropped. */
  private int kept(List<?> steps) {
    long most = isOpen() ? settings.maxLength() : shape[0];
    boolean isAll = isOpen() && settings.maxLength() == SequenceSettings.LENGTH_OF_MODEL;
    return isAll ? steps.size() : (int) Math.min(most, steps.size());
  }

  private static void setStep(TensorElements elements, int position, Object step) {
    if (step instanceof List<?> numbers) {
      elements.setAll(position, numbers, 0, numbers.size());
    } else {
      elements.set(position, step);
    }
  }

  /** Before memory is taken: steps of other sizes than the first may be many times smaller. */
  private static void requireSizes(List<?> steps, int first, int count, int stepSize) {
    int checked = steps instanceof NumberList ? Math.min(1, count) : count;
    for (int step = first; step < first + checked; step++) {
      Object value = steps.get(step);
      if (value == null) {
        throw new BadRowException("step " + step + " is null");
      }
      int size = value instanceof List<?> numbers ? numbers.size() : 1;
      if (size != stepSize) {
        throw new BadRowException("step " + step + " has " + size + " values, not " + stepSize);
      }
    }
  }

  private static int count(int length, int stepSize) {
    long count = (long) length * stepSize;
    if (count > Integer.MAX_VALUE) {
      throw new BadRowException(
          "%s steps of %s values are more than an array holds".formatted(length, stepSize));
    }
    return (int) count;
  }

  private int stepSize(List<?> steps) {
    if (openAxisCount == 0) {
      return Math.toIntExact(knownStepSize);
    }
    int size = !steps.isEmpty() && steps.get(0) instanceof List<?> first ? first.size() : 1;
    if (openAxisCount > 1 && size != knownStepSize) {
      throw new BadRowException(
          "step 0 has %s values, and %s axes of the model's steps are open"
              .formatted(size, openAxisCount));
    }
    if (knownStepSize > 0 && size % knownStepSize != 0) {
      throw new BadRowException(
          "step 0 has %s values, not a multiple of %s".formatted(size, knownStepSize));
    }
    return size;
  }

  private long[] rowShape(int length, int stepSize) {
    long[] sizes = shape.clone();
    sizes[0] = length;
    for (int axis = 1; axis < sizes.length; axis++) {
      if (sizes[axis] == TensorShape.UNKNOWN) {
        sizes[axis] = stepSize / Math.max(1, knownStepSize);
      }
    }
    return sizes;
  }
}
