package layertap.input.value;

import java.util.ArrayList;
import java.util.List;
import layertap.failure.BadRowException;
import layertap.graph.TensorShape;
import layertap.model.feed.FeedPlaceholder;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Turns numbers, arrays and nested arrays into a tensor. A flat array fills a shape that is given;
 * a nested one has its own, which must fit.
 */
public final class TensorConverter implements ValueConverter {
  private final DataType dtype;
  private final TensorShape shape;

  /**
   * Makes a converter.
   *
   * @param dtype of the placeholder
   * @param shape of one row; open sizes are those of the value
   */
  public TensorConverter(DataType dtype, TensorShape shape) {
    this.dtype = dtype;
    this.shape = shape;
  }

  @Override
  public HostTensor convert(Object value) {
    if (value == null) {
      throw BadRowException.ofNull("the value is null");
    }
    if (dtype == DataType.DT_FLOAT && value instanceof NumberList numbers && numbers.isOfFloats()) {
      // As they are: a tensor is only read.
      long[] rowShape = rowShape(List.of((long) numbers.size()), numbers.size());
      return HostTensor.of(dtype, rowShape, numbers.array());
    }
    List<Long> nesting = new ArrayList<>();
    for (Object inner = value; inner instanceof List<?> list; ) {
      nesting.add((long) list.size());
      inner = list.isEmpty() ? null : list.get(0);
    }
    requireEqualLengths(value, nesting, 0);
    int count = Math.toIntExact(nesting.stream().reduce(1L, Math::multiplyExact));
    TensorElements elements = new TensorElements(dtype, count);
    fill(value, elements, 0, nesting, 0);
    return HostTensor.of(
        FeedPlaceholder.fedType(dtype), rowShape(nesting, count), elements.array());
  }

  /** Before memory is taken: arrays of other lengths than the first may be many times smaller. */
  private static void requireEqualLengths(Object value, List<Long> nesting, int depth) {
    if (depth == nesting.size()) {
      return;
    }
    if (!(value instanceof List<?> list)) {
      throw new BadRowException("the arrays inside differ in depth");
    }
    if (list.size() != nesting.get(depth)) {
      throw new BadRowException("the arrays inside differ in length");
    }
    if (depth + 1 < nesting.size()) {
      list.forEach(inner -> requireEqualLengths(inner, nesting, depth + 1));
    }
  }

  private static int fill(
      Object value, TensorElements elements, int position, List<Long> nesting, int depth) {
    if (!(value instanceof List<?> list)) {
      elements.set(position, value);
      return position + 1;
    }
    if (depth == nesting.size()) {
      throw new BadRowException("the arrays inside differ in depth");
    }
    if (list instanceof NumberList && depth == nesting.size() - 1) {
      elements.setAll(position, list, 0, list.size());
      return position + list.size();
    }
    int next = position;
    for (Object inner : list) {
      next = fill(inner, elements, next, nesting, depth + 1);
    }
    return next;
  }

  private long[] rowShape(List<Long> nesting, int count) {
    if (!shape.isRankKnown() || fits(nesting)) {
      return toArray(nesting);
    }
    boolean isFlat = nesting.size() <= 1;
    if (isFlat && shape.isFullyKnown() && shape.elementCount() == count) {
      return toArray(shape.sizes());
    }
    if (isFlat && shape.unknownCount() == 1) {
      return withInferredSize(count);
    }
    throw new BadRowException(
        "a value of shape " + TensorShape.of(nesting) + " does not fit " + shape);
  }

  private boolean fits(List<Long> nesting) {
    if (nesting.size() != shape.sizes().size()) {
      return false;
    }
    for (int i = 0; i < nesting.size(); i++) {
      long size = shape.sizes().get(i);
      if (size != TensorShape.UNKNOWN && size != nesting.get(i)) {
        return false;
      }
    }
    return true;
  }

  private long[] withInferredSize(int count) {
    long known =
        shape.sizes().stream()
            .filter(size -> size != TensorShape.UNKNOWN)
            .reduce(1L, (a, b) -> a * b);
    if (known == 0 || count % known != 0) {
      throw new BadRowException(count + " values do not fit " + shape);
    }
    return shape.sizes().stream()
        .mapToLong(size -> size == TensorShape.UNKNOWN ? count / known : size)
        .toArray();
  }

  private static long[] toArray(List<Long> sizes) {
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }
}
