package layertap.graph.differentiate.value;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import layertap.graph.TensorShape;
import layertap.graph.TensorValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * The value of a tensor of few numbers, as far as it follows from a graph: sizes, counters, truth
 * values. Immutable.
 *
 * @param shape sizes of its axes
 * @param values row-major; {@code NaN} where one is open
 */
public record SmallTensor(List<Long> shape, List<Double> values) {
  private static final int MOST_VALUES = 100_000;

  public SmallTensor {
    shape = List.copyOf(shape);
    values = List.copyOf(values);
  }

  public static SmallTensor scalar(double value) {
    return new SmallTensor(List.of(), List.of(value));
  }

  public static SmallTensor truth(boolean value) {
    return scalar(value ? 1 : 0);
  }

  public static SmallTensor vector(double... values) {
    return new SmallTensor(List.of((long) values.length), DoubleStream.of(values).boxed().toList());
  }

  /** The sizes of a tensor, if it is known how many it has. */
  public static Optional<SmallTensor> sizes(TensorShape shape) {
    return shape.isRankKnown()
        ? Optional.of(
            vector(
                shape.sizes().stream()
                    .mapToDouble(size -> size == TensorShape.UNKNOWN ? Double.NaN : size)
                    .toArray()))
        : Optional.empty();
  }

  /** The value of a constant, if it is small. */
  public static Optional<SmallTensor> of(NodeDef constant) {
    TensorProto value =
        constant.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    TensorShape shape = TensorShape.of(value.getTensorShape());
    if (!shape.isFullyKnown()) {
      return Optional.empty();
    }
    if (shape.elementCount() == 0) {
      return Optional.of(new SmallTensor(shape.sizes(), List.of()));
    }
    return TensorValues.allNumbers(constant)
        .map(values -> new SmallTensor(shape.sizes(), DoubleStream.of(values).boxed().toList()));
  }

  public static Optional<SmallTensor> filled(List<Long> shape, double value) {
    long count = TensorShape.of(shape).elementCount();
    return count > MOST_VALUES
        ? Optional.empty()
        : Optional.of(
            new SmallTensor(
                shape, LongStream.range(0, count).mapToObj(i -> Double.valueOf(value)).toList()));
  }

  public int count() {
    return values.size();
  }

  public double value(int index) {
    return values.get(index);
  }

  public boolean isKnown() {
    return values.stream().noneMatch(value -> value.isNaN());
  }

  /** The one number that it holds. */
  public OptionalInt whole() {
    boolean isWhole = values.size() == 1 && value(0) == (int) value(0);
    return isWhole ? OptionalInt.of((int) value(0)) : OptionalInt.empty();
  }

  /** The one truth value that it holds. */
  public Optional<Boolean> truth() {
    return values.size() == 1 && isKnown() ? Optional.of(value(0) != 0) : Optional.empty();
  }

  public SmallTensor withShape(List<Long> other) {
    return new SmallTensor(other, values);
  }

  public double[] toArray() {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** A constant of the value; none if a part is open or the dtype is of another kind. */
  public Optional<NodeDef> toConstant(String name, DataType dtype) {
    if (!isKnown()) {
      return Optional.empty();
    }
    int size =
        switch (dtype) {
          case DT_INT32 -> Integer.BYTES;
          case DT_INT64 -> Long.BYTES;
          case DT_BOOL -> 1;
          default -> 0;
        };
    if (size == 0) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(size * count()).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : toArray()) {
      switch (size) {
        case Integer.BYTES -> bytes.putInt((int) value);
        case Long.BYTES -> bytes.putLong((long) value);
        default -> bytes.put((byte) (value == 0 ? 0 : 1));
      }
    }
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(dtype)
            .setTensorShape(TensorShape.of(shape).toProto())
            .setTensorContent(ByteString.copyFrom(bytes.flip()))
            .build();
    return Optional.of(
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Const")
            .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build())
            .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
            .build());
  }

  /** Some of the values, as a vector. */
  public SmallTensor at(int[] positions) {
    return vector(Arrays.stream(positions).mapToDouble(this::value).toArray());
  }
}
