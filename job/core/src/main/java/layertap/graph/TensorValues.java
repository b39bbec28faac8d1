package layertap.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Reads the values of {@code Const} nodes. */
public final class TensorValues {
  private static final int MOST_NUMBERS = 1024;
  private static final Optional<double[]> NONE = Optional.empty();
  private static final Set<Dtype> NUMBERS =
      Set.of(Dtype.FLOAT32, Dtype.FLOAT64, Dtype.INT32, Dtype.INT64, Dtype.BOOL);

  private TensorValues() {}

  /** The strings of a constant, empty if the node is no constant of strings. */
  public static List<String> strings(NodeDef node) {
    return value(node).getStringValList().stream().map(ByteString::toStringUtf8).toList();
  }

  /** The value of a constant of one {@code int32}, if the node is that. */
  public static OptionalInt scalarInt(NodeDef node) {
    TensorProto value = value(node);
    if (value.getDtype() != DataType.DT_INT32 || elementCount(value.getTensorShape()) != 1) {
      return OptionalInt.empty();
    }
    if (value.getTensorContent().size() == Integer.BYTES) {
      ByteBuffer bytes = value.getTensorContent().asReadOnlyByteBuffer();
      return OptionalInt.of(bytes.order(ByteOrder.LITTLE_ENDIAN).getInt());
    }
    return value.getIntValCount() == 1 ? OptionalInt.of(value.getIntVal(0)) : OptionalInt.empty();
  }

  /**
   * The values of a constant of no more than 1024 numbers or truth values, of the dtypes that
   * switches have, as they are listed: the last one stands for all that follow.
   */
  public static Optional<double[]> numbers(NodeDef node) {
    TensorProto value = value(node);
    long count =
        value.getTensorShape().getUnknownRank() ? -1 : elementCount(value.getTensorShape());
    if (count < 1 || count > MOST_NUMBERS) {
      return Optional.empty();
    }
    ByteBuffer bytes =
        value.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    double[] listed =
        switch (value.getDtype()) {
          case DT_FLOAT ->
              bytes.hasRemaining()
                  ? read(bytes, Float.BYTES, ByteBuffer::getFloat)
                  : value.getFloatValList().stream().mapToDouble(Float::doubleValue).toArray();
          case DT_DOUBLE ->
              bytes.hasRemaining()
                  ? read(bytes, Double.BYTES, ByteBuffer::getDouble)
                  : value.getDoubleValList().stream().mapToDouble(Double::doubleValue).toArray();
          case DT_INT32 ->
              bytes.hasRemaining()
                  ? read(bytes, Integer.BYTES, ByteBuffer::getInt)
                  : value.getIntValList().stream().mapToDouble(Integer::doubleValue).toArray();
          case DT_INT64 ->
              bytes.hasRemaining()
                  ? read(bytes, Long.BYTES, ByteBuffer::getLong)
                  : value.getInt64ValList().stream().mapToDouble(Long::doubleValue).toArray();
          case DT_BOOL ->
              bytes.hasRemaining()
                  ? read(bytes, 1, buffer -> buffer.get() == 0 ? 0 : 1)
                  : value.getBoolValList().stream().mapToDouble(flag -> flag ? 1 : 0).toArray();
          default -> new double[0];
        };
    if (value.getTensorContent().isEmpty() && listed.length < count) {
      // What is not listed is as the last one that is, or zero.
      return isOfNumbers(value) ? Optional.of(listed.length == 0 ? new double[1] : listed) : NONE;
    }
    return listed.length == count ? Optional.of(listed) : NONE;
  }

  /** The same, with a value for each element. */
  public static Optional<double[]> allNumbers(NodeDef node) {
    return numbers(node)
        .map(
            listed ->
                // The last listed value stands for all that follow.
                IntStream.range(0, (int) elementCount(value(node).getTensorShape()))
                    .mapToDouble(i -> listed[Math.min(i, listed.length - 1)])
                    .toArray());
  }

  private static boolean isOfNumbers(TensorProto value) {
    return Dtype.find(value.getDtype()).filter(NUMBERS::contains).isPresent();
  }

  private static double[] read(ByteBuffer bytes, int size, ToDoubleFunction<ByteBuffer> next) {
    double[] values = new double[bytes.remaining() / size];
    for (int i = 0; i < values.length; i++) {
      values[i] = next.applyAsDouble(bytes);
    }
    return values;
  }

  /** The value of a constant without axes of {@code float32}, if the node is that. */
  public static Optional<Float> scalarFloat(NodeDef node) {
    TensorProto value = value(node);
    boolean isScalar =
        value.getDtype() == DataType.DT_FLOAT && value.getTensorShape().getDimCount() == 0;
    return isScalar ? numbers(node).map(numbers -> (float) numbers[0]) : Optional.empty();
  }

  /**
   * The values of a constant of no more than 1024 {@code int32} or {@code int64}; empty if the node
   * is no such.
   */
  public static List<Long> wholeNumbers(NodeDef node) {
    TensorProto value = value(node);
    boolean isWhole =
        value.getDtype() == DataType.DT_INT64 || value.getDtype() == DataType.DT_INT32;
    double[] listed = isWhole ? allNumbers(node).orElse(new double[0]) : new double[0];
    return DoubleStream.of(listed).mapToObj(number -> (long) number).toList();
  }

  private static TensorProto value(NodeDef node) {
    return Ops.isConstant(node)
        ? node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor()
        : TensorProto.getDefaultInstance();
  }

  private static long elementCount(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .mapToLong(TensorShapeProto.Dim::getSize)
        .reduce(1, (a, b) -> a * b);
  }
}
