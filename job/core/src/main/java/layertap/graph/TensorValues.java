package layertap.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Reads the values of {@code Const} nodes. */
public final class TensorValues {
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

  /** The value of a constant without axes of {@code float32}, if the node is that. */
  public static Optional<Float> scalarFloat(NodeDef node) {
    TensorProto value = value(node);
    if (value.getDtype() != DataType.DT_FLOAT || value.getTensorShape().getDimCount() != 0) {
      return Optional.empty();
    }
    if (value.getTensorContent().size() == Float.BYTES) {
      ByteBuffer bytes = value.getTensorContent().asReadOnlyByteBuffer();
      return Optional.of(bytes.order(ByteOrder.LITTLE_ENDIAN).getFloat());
    }
    return value.getFloatValCount() == 1 ? Optional.of(value.getFloatVal(0)) : Optional.empty();
  }

  /** The values of a constant of {@code int32} or {@code int64}; empty if the node is no such. */
  public static List<Long> wholeNumbers(NodeDef node) {
    TensorProto value = value(node);
    boolean isLong = value.getDtype() == DataType.DT_INT64;
    if (!isLong && value.getDtype() != DataType.DT_INT32) {
      return List.of();
    }
    int count = Math.toIntExact(elementCount(value.getTensorShape()));
    ByteBuffer bytes =
        value.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    List<Long> listed =
        isLong
            ? value.getInt64ValList()
            : value.getIntValList().stream().map(Integer::longValue).toList();
    List<Long> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (bytes.hasRemaining()) {
        numbers.add(isLong ? bytes.getLong() : bytes.getInt());
      } else {
        // The last listed value stands for all that follow.
        numbers.add(listed.isEmpty() ? 0L : listed.get(Math.min(i, listed.size() - 1)));
      }
    }
    return numbers;
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
